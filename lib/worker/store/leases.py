"""Who works on what, and until when."""

from uuid import UUID

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from lib.contracts.errors import FailureCode, RejectionCode
from lib.contracts.states import PRIORITIES, JobState
from lib.worker.database import Connection
from lib.worker.errors import LeaseLostError
from lib.worker.store.rows import Claim, JobRow, Reaped
from lib.worker.store.transactions import Transactions, bury, end_job, lock_job, ring, settle

AGEING = "10 minutes"
"""A task that has waited for so long is as urgent as a new one of the next class."""
HOUSEKEEPING = "housekeeping"
"""Who acts when a lease runs out."""
HEARTBEAT_WAIT_SECONDS = 5
"""For a connection: the next heartbeat comes soon, and meanwhile the worker may have been told to stop."""
BATCH = 100


class Leases(Transactions):
    """Gives tasks to workers and takes them back undone."""

    def claim(self, worker: str) -> Claim | None:
        """Leases the most urgent task that can be done now; a waiting one gains a class each 10 minutes.

        Args:
            worker: Names who claims, in leases and in the audit trail.
        """
        self.reap()
        with self._transaction(worker) as connection:
            row = connection.execute(
                """
                WITH picked AS (
                    SELECT task_id FROM task
                    WHERE state IN ('ready', 'retry_wait') AND run_after <= now()
                    ORDER BY run_after + priority * %(ageing)s::interval, created_at, segment
                    LIMIT 1 FOR UPDATE SKIP LOCKED
                )
                UPDATE task
                SET state = 'leased', attempts = attempts + 1, progress = 0,
                    worker = %(worker)s, lease_token = nextval('lease_token'),
                    lease_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s)
                FROM picked WHERE task.task_id = picked.task_id
                RETURNING task.task_id, job_id, kind, segment, lease_token, attempts, max_attempts, input
                """,
                {"ageing": AGEING, "worker": worker, "lease_seconds": self._settings.lease_seconds},
            ).fetchone()
            if row is None:
                return None
            if row["kind"] in {"land", "plan"}:
                connection.execute(
                    "UPDATE job SET state = 'planning' WHERE job_id = %s AND state = 'received'", [row["job_id"]]
                )
            return Claim(
                task_id=row["task_id"],
                job_id=row["job_id"],
                kind=row["kind"],
                segment=row["segment"],
                token=row["lease_token"],
                attempt=row["attempts"],
                max_attempts=row["max_attempts"],
                input=row["input"],
                lease_seconds=self._settings.lease_seconds,
                worker=worker,
                job=_job(connection, row["job_id"]),
            )

    def heartbeat(self, claim: Claim, progress: float | None) -> bool:
        """Renews the lease. It may come often: it changes, and locks, one row.

        Args:
            claim: The task.
            progress: How much is done, 0 to 1; None leaves it as it was.

        Returns:
            Whether the job is to be cancelled.
        """
        # Neither job nor audit chain is locked: nothing that anybody waits for depends on it.
        with self._database.connection(wait_seconds=HEARTBEAT_WAIT_SECONDS) as connection:
            row = connection.execute(
                """
                UPDATE task
                SET lease_until = clock_timestamp() + make_interval(secs => %s), progress = coalesce(%s, progress)
                FROM job
                WHERE task_id = %s AND task.state = 'leased' AND lease_token = %s AND job.job_id = task.job_id
                RETURNING cancel_requested
                """,
                [claim.lease_seconds, progress, claim.task_id, claim.token],
            ).fetchone()
        if row is None:
            raise LeaseLostError(f"Token {claim.token} does not hold task {claim.task_id} any more.")
        return bool(row["cancel_requested"])

    def release(self, claim: Claim) -> None:
        """Gives the task back undone, to its old place in the queue, and the attempt does not count."""
        with self._held(claim) as (connection, job):
            settle(connection, claim, "state = 'ready', attempts = attempts - 1, progress = NULL")
            if job["cancel_requested"]:
                end_job(connection, claim.job_id, "cancelled")
            else:
                ring(connection)

    def retry_later(self, claim: Claim, code: FailureCode, reason: str) -> bool:
        """Gives the task back after a failure that may pass, to be tried again after a random wait.

        The wait lies between nothing and the backoff's bound ("full jitter"), so that what failed together does not
        come back together.

        Returns:
            False if its attempts are used up: the job is dead, and a dead letter is in the outbox.
        """
        settings, error = self._settings, Jsonb({"code": code, "reason": reason})
        with self._held(claim) as (connection, job):
            if job["cancel_requested"]:
                settle(connection, claim, "state = 'failed', error = %s", error)
                end_job(connection, claim.job_id, "cancelled")
                return True
            if claim.attempt >= claim.max_attempts:
                settle(connection, claim, "state = 'failed', error = %s", error)
                bury(connection, job, code=code, reason=reason)
                return False
            settle(
                connection,
                claim,
                "state = 'retry_wait', error = %s, progress = NULL,"
                " run_after = clock_timestamp() + make_interval(secs => random() * least(%s, %s * 2 ^ (attempts - 1)))",
                error,
                settings.backoff_cap_seconds,
                settings.backoff_base_seconds,
            )
            ring(connection, task_id=claim.task_id)
            return True

    def reject(self, claim: Claim, code: RejectionCode, reason: str) -> None:
        """Ends the job as rejected: its input is bad."""
        with self._held(claim) as (connection, _):
            settle(connection, claim, "state = 'failed', error = %s", Jsonb({"code": code, "reason": reason}))
            end_job(connection, claim.job_id, "rejected", code=code, reason=reason)

    def cancelled(self, claim: Claim) -> None:
        """Ends the job as cancelled."""
        with self._held(claim) as (connection, _):
            settle(connection, claim, "state = 'failed'")
            end_job(connection, claim.job_id, "cancelled")

    def reap(self) -> list[Reaped]:
        """Gives back tasks whose lease ran out, to their old place in the queue; the attempt counts.

        `claim` does the same first.
        """
        with self._database.connection() as connection:
            jobs = connection.execute(
                "SELECT DISTINCT job_id FROM task WHERE state = 'leased' AND lease_until < now() ORDER BY 1 LIMIT %s",
                [BATCH],
            ).fetchall()
        return [reaped for job in jobs for reaped in self._reap(job["job_id"])]

    def _reap(self, job_id: UUID) -> list[Reaped]:
        with self._transaction(HOUSEKEEPING) as connection:
            job = lock_job(connection, job_id)
            tasks = connection.execute(
                """
                UPDATE task SET state = 'ready', error = %s, progress = NULL
                WHERE job_id = %s AND state = 'leased' AND lease_until < now()
                RETURNING task_id, kind, worker, attempts >= max_attempts AS is_used_up
                """,
                [Jsonb({"code": "LEASE_EXPIRED", "reason": "The worker fell silent."}), job_id],
            ).fetchall()
            state = _after_reaping(connection, job, tasks)
        return [Reaped(task_id=task["task_id"], job_id=job_id, job_state=state) for task in tasks]


def _after_reaping(connection: Connection, job: DictRow, tasks: list[DictRow]) -> JobState:
    state: JobState = job["state"]
    if not tasks:
        return state
    if job["cancel_requested"]:
        end_job(connection, job["job_id"], "cancelled")
        return "cancelled"
    for task in tasks:
        if task["is_used_up"]:
            reason = f"The last worker that tried its {task['kind']} task fell silent."
            bury(connection, job, code="LEASE_EXPIRED", reason=reason)
            return "dead"
    ring(connection, times=len(tasks))
    return state


def _job(connection: Connection, job_id: UUID) -> JobRow:
    row = connection.execute(
        """
        SELECT job_id, record, file_name, size_bytes, sha256, ladder_version, priority, source
        FROM job JOIN content USING (content_id) WHERE job_id = %s
        """,
        [job_id],
    ).fetchone()
    if row is None:
        raise LookupError(f"Job {job_id} has a task and does not exist.")
    return JobRow(
        job_id=row["job_id"],
        record=row["record"],
        location=row["source"],
        file_name=row["file_name"],
        size=row["size_bytes"],
        sha256=row["sha256"],
        ladder_version=row["ladder_version"],
        priority=PRIORITIES[row["priority"]],
    )
