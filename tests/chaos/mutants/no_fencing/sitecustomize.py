"""Writes by whoever remembers a claim, whether or not it still holds the task."""

from psycopg import sql

from lib.worker.store import leases, results, transactions


def settle(connection, claim, assignments, *values):
    statement = sql.SQL("UPDATE task SET {} WHERE task_id = %s").format(sql.SQL(assignments))
    connection.execute(statement, [*values, claim.task_id])


for module in (transactions, leases, results):
    module.settle = settle
