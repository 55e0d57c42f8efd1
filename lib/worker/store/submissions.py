"""Submissions become jobs."""

from psycopg.types.json import Jsonb

from lib.contracts.messages import Submission
from lib.contracts.records import VideoSubmitted
from lib.contracts.states import FINAL_JOB_STATES, PRIORITIES, JobState
from lib.worker.database import Connection
from lib.worker.store.transactions import Transactions, lock_job


class Submissions(Transactions):
    """Takes submissions."""

    def submit(self, submission: Submission) -> JobState:
        """Makes the job that was submitted, or reopens it if it rests unpublished; otherwise changes nothing.

        Neither does a submission that was delivered or sent twice, nor one that the stream has before the last one.

        Returns:
            The job's state.
        """
        record = submission.record
        values = {
            "job_id": record.job_id,
            "content_id": record.content.id,
            "record": Jsonb(record.content.model_dump(mode="json")),
            "file_name": record.file_name,
            "size": record.size,
            "sha256": record.sha256,
            "ladder_version": record.ladder_version,
            "priority": PRIORITIES.index(record.priority),
            "source": Jsonb(record.location.model_dump(mode="json")),
            "submitted_at": record.submitted_at,
            "submitted_by": record.submitted_by,
            "sequence": submission.sequence_number,
            "max_attempts": self._settings.max_attempts,
        }
        with self._transaction(record.submitted_by) as connection:
            return _create(connection, values) or _reopen(connection, record, values)


def _create(connection: Connection, values: dict[str, object]) -> JobState | None:
    connection.execute(
        "INSERT INTO content (content_id, record) VALUES (%(content_id)s, %(record)s) ON CONFLICT DO NOTHING", values
    )
    created = connection.execute(
        """
        INSERT INTO job (job_id, content_id, file_name, size_bytes, sha256, ladder_version, priority, source,
                         submitted_at, submitted_by, submission_sequence)
        VALUES (%(job_id)s, %(content_id)s, %(file_name)s, %(size)s, %(sha256)s, %(ladder_version)s, %(priority)s,
                %(source)s, %(submitted_at)s, %(submitted_by)s, %(sequence)s)
        ON CONFLICT DO NOTHING
        """,
        values,
    )
    if created.rowcount == 0:
        return None
    _begin(connection, values)
    return "received"


def _reopen(connection: Connection, record: VideoSubmitted, values: dict[str, object]) -> JobState:
    state: JobState = lock_job(connection, record.job_id)["state"]
    newer = connection.execute(
        """
        SELECT FROM job
        WHERE job_id = %(job_id)s AND %(sequence)s::numeric > submission_sequence::numeric
          AND %(submitted_at)s <> submitted_at
        """,
        values,
    )
    if state not in FINAL_JOB_STATES or state == "published" or newer.rowcount == 0:
        return state
    connection.execute("DELETE FROM task WHERE job_id = %(job_id)s", values)
    connection.execute(
        """
        UPDATE job
        SET state = 'received', reason_code = NULL, reason = NULL, cancel_requested = false,
            file_name = %(file_name)s, size_bytes = %(size)s, priority = %(priority)s, source = %(source)s,
            submitted_at = %(submitted_at)s, submitted_by = %(submitted_by)s, submission_sequence = %(sequence)s
        WHERE job_id = %(job_id)s
        """,
        values,
    )
    _begin(connection, values)
    return "received"


def _begin(connection: Connection, values: dict[str, object]) -> None:
    connection.execute(
        """
        UPDATE content SET record = %(record)s, updated_at = now()
        WHERE content_id = %(content_id)s AND record <> %(record)s
        """,
        values,
    )
    connection.execute("SELECT start_job(%(job_id)s, %(max_attempts)s)", values)
