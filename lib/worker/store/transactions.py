"""What all parts of the store stand on: transactions that end sealed, and the order in which rows are locked.

A transaction locks the job before its tasks, and the audit chain last, so no two wait for each other. A claim alone
begins with a task; it goes on to the job only while that is `received` and the task its only one, and those that lock
such a job pass over a task that is being claimed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString
from uuid import UUID

from psycopg import sql
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from lib.contracts.errors import ReasonCode
from lib.contracts.messages import JobDead, TaskReady
from lib.contracts.states import JobState
from lib.worker.audit import seal
from lib.worker.database import Connection, Database
from lib.worker.errors import CancelledError, LeaseLostError
from lib.worker.store.rows import Claim, QueueSettings


class Transactions:
    """Opens the store's transactions.

    Args:
        database: Where the tables are.
        audit_key: Seals the audit trail.
        settings: How patient the queue is.
    """

    def __init__(self, database: Database, *, audit_key: str, settings: QueueSettings) -> None:
        self._database = database
        self._audit_key = audit_key
        self._settings = settings

    @contextmanager
    def _transaction(self, actor: str) -> Iterator[Connection]:
        """A transaction of this actor; what it did is sealed before it is committed."""
        with self._database.connection() as connection:
            connection.execute("SELECT set_config('streamflix.actor', %s, true)", [actor])
            yield connection
            seal(connection, self._audit_key)

    @contextmanager
    def _held(self, claim: Claim) -> Iterator[tuple[Connection, DictRow]]:
        """A transaction of the claimant, with its job locked; the lease is proven by `settle`."""
        with self._transaction(claim.worker) as connection:
            yield connection, lock_job(connection, claim.job_id)

    @contextmanager
    def _carrying_on(self, claim: Claim, result: dict[str, Any]) -> Iterator[tuple[Connection, DictRow]]:
        """The claimant's transaction in which its task is done and the job goes on.

        Raises:
            CancelledError: The job is to be cancelled.
        """
        with self._held(claim) as (connection, job):
            settle(connection, claim, "state = 'done', result = %s, progress = 1, error = NULL", Jsonb(result))
            if job["cancel_requested"]:
                raise CancelledError("The job is to be cancelled.")
            yield connection, job


def lock_job(connection: Connection, job_id: UUID) -> DictRow:
    """Locks a job until the transaction ends, and returns what decisions depend on.

    Raises:
        LookupError: It does not exist.
    """
    job = connection.execute(
        "SELECT job_id, content_id, state, cancel_requested, priority FROM job WHERE job_id = %s FOR UPDATE", [job_id]
    ).fetchone()
    if job is None:
        raise LookupError(f"There is no job {job_id}.")
    return job


def settle(connection: Connection, claim: Claim, assignments: LiteralString, *values: object) -> None:
    """Changes the claimed task, if it is still the claimant's.

    Args:
        connection: In a transaction that has locked the job.
        claim: The task.
        assignments: Of an UPDATE, with a placeholder for each value.
        values: In their order.

    Raises:
        LeaseLostError: It is not.
    """
    statement = sql.SQL("UPDATE task SET {} WHERE task_id = %s AND state = 'leased' AND lease_token = %s").format(
        sql.SQL(assignments)
    )
    if connection.execute(statement, [*values, claim.task_id, claim.token]).rowcount != 1:
        raise LeaseLostError(f"Token {claim.token} does not hold task {claim.task_id} any more.")


def end_job(
    connection: Connection, job_id: UUID, state: JobState, *, code: ReasonCode | None = None, reason: str | None = None
) -> None:
    """Ends a job, and with it the tasks that are not done.

    Args:
        connection: In a transaction that has locked the job.
        job_id: The job.
        state: A final state other than `published`.
        code: Why, for programs.
        reason: Why, for people.
    """
    connection.execute(
        "UPDATE task SET state = 'failed' WHERE job_id = %s AND state IN ('ready', 'retry_wait', 'leased')", [job_id]
    )
    connection.execute(
        "UPDATE job SET state = %s, reason_code = %s, reason = %s, cancel_requested = false WHERE job_id = %s",
        [state, code, reason, job_id],
    )


def bury(connection: Connection, job: DictRow, *, code: ReasonCode, reason: str) -> None:
    """Ends a job whose attempts are used up as dead, with a message for the dead-letter queue."""
    end_job(connection, job["job_id"], "dead", code=code, reason=reason)
    letter = JobDead(job_id=job["job_id"], content_id=job["content_id"], code=code, reason=reason)
    connection.execute(
        "INSERT INTO outbox (kind, payload) VALUES ('dead_letter', %s)", [Jsonb(letter.model_dump(mode="json"))]
    )


def ring(connection: Connection, *, times: int = 1, task_id: UUID | None = None) -> None:
    """Puts doorbells into the outbox.

    Args:
        connection: In a transaction.
        times: How many.
        task_id: They are due when this task is; without it, now.
    """
    connection.execute(
        """
        INSERT INTO outbox (kind, payload, run_after)
        SELECT 'doorbell', %s, coalesce((SELECT run_after FROM task WHERE task_id = %s), now())
        FROM generate_series(1, %s)
        """,
        [Jsonb(TaskReady().model_dump(mode="json")), task_id, times],
    )
