"""Connections to the databases, and the transactions that are kept open on them."""

import contextlib
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGresult
from pydantic import BaseModel

from streamflix_cli.local.control_plane.data_api.errors import (
    ConnectionLostError,
    connection_failed,
    database_error,
    invalid,
    statement_failed,
    transaction_not_found,
)
from streamflix_cli.local.control_plane.data_api.parameters import Parameter

STATEMENT_SECONDS = 45
"""How long a statement may take (Aurora user guide, "Limitations for Amazon RDS Data API")."""
IDLE_SECONDS = 180
"""How long a transaction may be left alone (RDS Data Service API, BeginTransaction)."""
CONNECT_SECONDS = 10


class Listener(BaseModel):
    """An entry of `databases.json`: where the server of a cluster listens."""

    address: str
    port: int
    ca: str
    endpoint: str
    state: str


class Login(BaseModel):
    """Who connects: what a database secret holds."""

    username: str
    password: str


def connect(listener: Listener, login: Login, database: str | None, *, limited: bool = True) -> psycopg.Connection:
    """Opens a connection in autocommit, as any client does: with TLS, by the cluster's own name.

    Args:
        listener: The cluster's server.
        login: Credentials.
        database: Its name; None takes the one named like the user, PostgreSQL's default.
        limited: Whether statements end after `STATEMENT_SECONDS`.

    Raises:
        DataApiError: DatabaseErrorException, DatabaseUnavailableException.
    """
    try:
        return psycopg.connect(
            host=listener.endpoint,
            hostaddr=listener.address,
            port=listener.port,
            user=login.username,
            password=login.password,
            dbname=database,
            sslmode="verify-full",
            sslrootcert=listener.ca,
            connect_timeout=CONNECT_SECONDS,
            application_name="rds-data",
            options=f"-c statement_timeout={STATEMENT_SECONDS if limited else 0}s "
            f"-c idle_in_transaction_session_timeout={IDLE_SECONDS}s -c timezone=UTC",
            autocommit=True,
        )
    except psycopg.OperationalError as error:
        raise connection_failed(error) from error


def execute(connection: psycopg.Connection, sql: str, parameters: tuple[Parameter, ...] = ()) -> PGresult:
    """Runs one statement; its result is in text format.

    Raises:
        DataApiError: DatabaseErrorException, StatementTimeoutException, ValidationException.
        ConnectionLostError: The server is gone, or ended a transaction that was left alone.
    """
    result = connection.pgconn.exec_params(
        sql.encode(), [parameter.text for parameter in parameters], [parameter.type_oid for parameter in parameters]
    )
    if result.status in {ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK}:
        return result
    if connection.pgconn.status != ConnStatus.OK:
        raise ConnectionLostError
    if result.status == ExecStatus.FATAL_ERROR:
        raise statement_failed(result)
    raise invalid("The statement is empty, or copies data, which the Data API does not.")


@dataclass
class Transaction:
    """A transaction between two calls."""

    resource_arn: str
    connection: psycopg.Connection
    lock: threading.Lock = field(default_factory=threading.Lock)
    used: float = field(default_factory=time.monotonic)


class Transactions:
    """The open transactions, by their ids."""

    def __init__(self) -> None:
        self._open: dict[str, Transaction] = {}

    def begin(self, resource_arn: str, connection: psycopg.Connection) -> str:
        """Begins one on a connection that belongs to it from now on.

        Returns:
            Its id.
        """
        self._close_abandoned()
        execute(connection, "BEGIN")
        transaction_id = secrets.token_urlsafe(96)
        self._open[transaction_id] = Transaction(resource_arn, connection)
        return transaction_id

    @contextlib.contextmanager
    def use(self, resource_arn: str, transaction_id: str) -> Iterator[psycopg.Connection]:
        """The connection of one, for the length of a call.

        Raises:
            DataApiError: TransactionNotFoundException, or DatabaseErrorException while another call uses it.
        """
        self._close_abandoned()
        transaction = self._open.get(transaction_id)
        if transaction is None or transaction.resource_arn != resource_arn:
            raise transaction_not_found(transaction_id)
        if not transaction.lock.acquire(blocking=False):
            raise database_error("Transaction is still running a query")
        try:
            yield transaction.connection
        except ConnectionLostError:
            self._open.pop(transaction_id, None)
            raise transaction_not_found(transaction_id) from None
        finally:
            transaction.used = time.monotonic()
            transaction.lock.release()

    def end(self, resource_arn: str, transaction_id: str, command: str) -> None:
        """Ends one.

        Args:
            resource_arn: The cluster that the call names.
            transaction_id: Its id.
            command: `COMMIT` or `ROLLBACK`.

        Raises:
            DataApiError: As `use`; DatabaseErrorException if a commit failed or could only roll back.
        """
        with self.use(resource_arn, transaction_id) as connection:
            self._open.pop(transaction_id, None)
            with contextlib.closing(connection):
                outcome = execute(connection, command).command_status
        if outcome != command.encode():
            raise database_error("ERROR: Transaction has been aborted due to an error from a previous call.")

    def _close_abandoned(self) -> None:
        """The server has ended them by itself; this forgets them."""
        limit = time.monotonic() - IDLE_SECONDS
        for transaction_id, transaction in list(self._open.items()):
            if transaction.used < limit and not transaction.lock.locked():
                self._open.pop(transaction_id, None)
                transaction.connection.close()
