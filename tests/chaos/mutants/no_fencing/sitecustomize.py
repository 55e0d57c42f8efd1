"""Writes by whoever remembers a claim, whether or not it still holds the task."""

from typing import LiteralString

from psycopg import sql

from lib.worker.database import Connection
from lib.worker.store import Claim, leases, results, transactions


def settle(connection: Connection, claim: Claim, assignments: LiteralString, *values: object) -> None:
    statement = sql.SQL("UPDATE task SET {} WHERE task_id = %s").format(sql.SQL(assignments))
    connection.execute(statement, [*values, claim.task_id])


for module in (transactions, leases, results):
    vars(module)["settle"] = settle
