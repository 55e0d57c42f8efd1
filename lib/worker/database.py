"""Connections to the database: few, over TLS, with credentials that rotate, closed while nothing is done."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

CONNECT_SECONDS = 60
"""A paused Aurora cluster usually takes 15 s to resume, longer after a day's pause (Aurora user guide)."""
IDLE_SECONDS = 60
"""An open connection keeps Aurora from pausing."""
SESSION = {
    "application_name": "streamflix",
    # A transaction that lies open and does nothing belongs to somebody who is lost. All that write wait for the audit
    # chain: they wait longer for it than such a one may hold it.
    "options": "-c lock_timeout=30s -c idle_in_transaction_session_timeout=10s -c timezone=UTC",
    # After a failover the writer's name may still lead to the old writer, and no connection to it is worth keeping.
    "target_session_attrs": "read-write",
    # Notice a server that is gone: after a failover the old address just falls silent.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}

Connection = psycopg.Connection[DictRow]


@dataclass(frozen=True)
class DatabaseSettings:
    """Which database, and who connects.

    The server's certificate is verified against `PGSSLROOTCERT`, which libpq reads itself.

    Attributes:
        host: DNS name, which the certificate must carry.
        port: TCP port.
        name: Database.
        secret_arn: Secrets Manager secret with `username` and `password`.
    """

    host: str
    port: int
    name: str
    secret_arn: str


class NotAdmittedError(Exception):
    """The server does not let the login in. Before the first migration it does not know it."""


class Database:
    """A pool of at most two connections: one for the work, one for its heartbeat.

    The secret is read for every connection that is made, so that a rotated password is never tried for longer
    than it is valid. Just after a rotation a server may still want the old one; the pool tries again.

    Args:
        settings: Which database, and who connects.
        secrets: A boto3 `secretsmanager` client.
        idle_seconds: A connection that nobody used for so long is closed.
    """

    def __init__(self, settings: DatabaseSettings, secrets: Any, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._parameters = partial(connection_parameters, settings, secrets)
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            kwargs=lambda: {**self._parameters(), "row_factory": dict_row},
            min_size=0,
            max_size=2,
            max_idle=idle_seconds,
            timeout=CONNECT_SECONDS,
            reconnect_timeout=CONNECT_SECONDS,
            check=ConnectionPool.check_connection,
            open=True,
        )

    @contextmanager
    def connection(self, *, wait_seconds: float = CONNECT_SECONDS) -> Iterator[Connection]:
        """Lends a connection with rows as dictionaries; what was done in the block is committed, or rolled back.

        Args:
            wait_seconds: How long to wait for it.

        Raises:
            psycopg.OperationalError: The database cannot be reached, or the connection broke.
        """
        with self._pool.connection(wait_seconds) as connection:
            yield connection

    def require_admission(self) -> None:
        """Tries once, where the pool would go on trying, whether the server lets the login in.

        Raises:
            NotAdmittedError: It does not.
            psycopg.OperationalError: The server cannot be reached.
        """
        try:
            psycopg.connect(**self._parameters()).close()
        except psycopg.OperationalError as error:
            # libpq tells no SQLSTATE here; but a server that asked for the password was reached.
            if error.pgconn is not None and error.pgconn.used_password:
                raise NotAdmittedError(str(error)) from error
            raise

    def close(self) -> None:
        """Closes all connections."""
        self._pool.close()


def connection_parameters(settings: DatabaseSettings, secrets: Any) -> dict[str, Any]:
    """What `psycopg.connect` takes: the password as a keyword, so that no text holds it."""
    return {
        "host": settings.host,
        "port": settings.port,
        "dbname": settings.name,
        "sslmode": "verify-full",
        "connect_timeout": CONNECT_SECONDS,
        **credentials(secrets, settings.secret_arn),
        **SESSION,
    }


def credentials(secrets: Any, arn: str) -> dict[str, str]:
    """The current `user` and `password` of a secret, as psycopg's keywords.

    Args:
        secrets: A boto3 `secretsmanager` client.
        arn: Of the secret.
    """
    value = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    return {"user": value["username"], "password": value["password"]}
