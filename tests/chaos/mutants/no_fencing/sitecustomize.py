"""No fencing: who writes is not asked whether the task is still its own."""

from typing import LiteralString

from psycopg import sql

from lib.worker.database import Connection
from lib.worker.store import leases, results, transactions
from lib.worker.store.rows import Claim


def settle(connection: Connection, claim: Claim, assignments: LiteralString, *values: object) -> None:
    statement = sql.SQL("UPDATE task SET {} WHERE task_id = %s").format(sql.SQL(assignments))
    connection.execute(statement, [*values, claim.task_id])


def heartbeat(self: leases.Leases, claim: Claim, progress: float | None) -> bool:
    with self._database.connection() as connection:
        connection.execute(
            "UPDATE task SET lease_until = clock_timestamp() + make_interval(secs => %s) WHERE task_id = %s",
            [claim.lease_seconds, claim.task_id],
        )
    return False


for module in (transactions, leases, results):
    module.settle = settle  # type: ignore[attr-defined]
leases.Leases.heartbeat = heartbeat  # type: ignore[method-assign]
