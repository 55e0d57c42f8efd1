"""Writes by whoever remembers a claim, whether or not it still holds the task."""

from typing import LiteralString

from psycopg import sql

from lib.worker.database import Connection
from lib.worker.store import Claim, leases, results, transactions
from lib.worker.store.leases import Leases


def settle(connection: Connection, claim: Claim, assignments: LiteralString, *values: object) -> None:
    statement = sql.SQL("UPDATE task SET {} WHERE task_id = %s").format(sql.SQL(assignments))
    connection.execute(statement, [*values, claim.task_id])


def heartbeat(self: Leases, claim: Claim, progress: float | None) -> bool:
    """The token is checked here as well: a worker that wakes up would be stopped before it writes."""
    with self._database.connection() as connection:
        connection.execute(
            "UPDATE task SET lease_until = clock_timestamp() + make_interval(secs => %s) WHERE task_id = %s",
            [claim.lease_seconds, claim.task_id],
        )
    return False


for module in (transactions, leases, results):
    vars(module)["settle"] = settle
Leases.heartbeat = heartbeat  # type: ignore[method-assign]
