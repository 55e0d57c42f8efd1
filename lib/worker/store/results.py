"""What workers made, and how it carries a job on."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from lib.contracts.errors import HoldCode
from lib.contracts.media import MediaInfo
from lib.contracts.records import ObjectLocation
from lib.worker.database import Connection
from lib.worker.store.rows import CheckRow, Claim, EncodedSegment, RenditionRow
from lib.worker.store.transactions import Transactions, end_job, ring, settle


class Results(Transactions):
    """Takes what workers made."""

    def complete_land(self, claim: Claim, raw: ObjectLocation) -> None:
        """The video is in the raw bucket: its plan can be made."""
        source = raw.model_dump(mode="json")
        with self._carrying_on(claim, source) as (connection, job):
            connection.execute("UPDATE job SET source = %s WHERE job_id = %s", [Jsonb(source), claim.job_id])
            _add_task(connection, claim, "plan", priority=job["priority"])
            ring(connection)

    def complete_plan(self, claim: Claim, info: MediaInfo, tasks: Sequence[dict[str, Any]]) -> None:
        """The video is known and its encode tasks are laid out: one for each input, at least one.

        Raises:
            ValueError: There is none.
        """
        if not tasks:
            raise ValueError("A plan has at least one encode task.")
        with self._carrying_on(claim, {"segments": len(tasks)}) as (connection, job):
            connection.execute(
                """
                INSERT INTO media_info (job_id, info) VALUES (%s, %s)
                ON CONFLICT (job_id) DO UPDATE SET info = excluded.info
                """,
                [claim.job_id, Jsonb(info.model_dump(mode="json"))],
            )
            connection.execute("UPDATE job SET state = 'encoding' WHERE job_id = %s", [claim.job_id])
            for segment, task_input in enumerate(tasks):
                _add_task(connection, claim, "encode", priority=job["priority"], segment=segment, task_input=task_input)
            ring(connection, times=len(tasks))

    def complete_encode(self, claim: Claim, result: dict[str, Any]) -> None:
        """A segment is encoded; the last one makes the finish task."""
        with self._carrying_on(claim, result) as (connection, job):
            # The job is locked, so of two that end at once the second sees the first one done.
            finishing = connection.execute(
                """
                UPDATE job SET state = 'finishing'
                WHERE job_id = %(job)s AND NOT EXISTS (
                    SELECT FROM task WHERE job_id = %(job)s AND kind = 'encode' AND state <> 'done'
                )
                """,
                {"job": claim.job_id},
            )
            if finishing.rowcount == 1:
                _add_task(connection, claim, "finish", priority=job["priority"])
                ring(connection)

    def encode_results(self, job_id: UUID) -> list[EncodedSegment]:
        """The finished encode tasks of a job, by segment."""
        with self._database.connection() as connection:
            rows = connection.execute(
                """
                SELECT segment, input, result FROM task
                WHERE job_id = %s AND kind = 'encode' AND state = 'done' ORDER BY segment
                """,
                [job_id],
            ).fetchall()
        return [EncodedSegment(**row) for row in rows]

    def media_info(self, job_id: UUID) -> MediaInfo:
        """What `complete_plan` said about a job's video.

        Raises:
            LookupError: Nothing yet.
        """
        with self._database.connection() as connection:
            row = connection.execute("SELECT info FROM media_info WHERE job_id = %s", [job_id]).fetchone()
        if row is None:
            raise LookupError(f"Job {job_id} has not been planned.")
        return MediaInfo.model_validate(row["info"])

    def publish(
        self, claim: Claim, *, prefix: str, renditions: Sequence[RenditionRow], checks: Sequence[CheckRow]
    ) -> None:
        """The title is what lies below the prefix from now on.

        Args:
            claim: The finish task.
            prefix: As `s3://BUCKET/PREFIX/`.
            renditions: What lies there.
            checks: Outcome of the compliance checks.
        """
        with self._carrying_on(claim, {"prefix": prefix}) as (connection, _):
            connection.execute(
                """
                UPDATE job SET state = 'published', published_prefix = %s, published_token = %s WHERE job_id = %s
                """,
                [prefix, claim.token, claim.job_id],
            )
            with connection.cursor() as cursor:
                cursor.executemany(
                    """
                    INSERT INTO rendition (job_id, name, kind, path, bytes, sha256, codec, width, height,
                                           bitrate_kbps, frames, duration_seconds, language)
                    VALUES (%(job_id)s, %(name)s, %(kind)s, %(path)s, %(bytes)s, %(sha256)s, %(codec)s, %(width)s,
                            %(height)s, %(bitrate_kbps)s, %(frames)s, %(duration_seconds)s, %(language)s)
                    """,
                    [{"job_id": claim.job_id, **asdict(rendition)} for rendition in renditions],
                )
            _write_checks(connection, claim.job_id, checks)

    def hold(self, claim: Claim, code: HoldCode, reason: str, checks: Sequence[CheckRow]) -> None:
        """Ends the job as held: a person must supply something."""
        with self._held(claim) as (connection, _):
            settle(connection, claim, "state = 'failed', error = %s", Jsonb({"code": code, "reason": reason}))
            _write_checks(connection, claim.job_id, checks)
            end_job(connection, claim.job_id, "held", code=code, reason=reason)


def _add_task(
    connection: Connection,
    claim: Claim,
    kind: str,
    *,
    priority: int,
    segment: int | None = None,
    task_input: dict[str, Any] | None = None,
) -> None:
    """Adds a task to the claimed one's job, to be tried as often."""
    connection.execute(
        """
        INSERT INTO task (job_id, kind, segment, priority, max_attempts, input) VALUES (%s, %s, %s, %s, %s, %s)
        """,
        [claim.job_id, kind, segment, priority, claim.max_attempts, Jsonb(task_input or {})],
    )


def _write_checks(connection: Connection, job_id: UUID, checks: Sequence[CheckRow]) -> None:
    """Replaces what an earlier run found."""
    connection.execute("DELETE FROM compliance_check WHERE job_id = %s", [job_id])
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO compliance_check (job_id, check_id, severity, outcome, detail) VALUES (%s, %s, %s, %s, %s)
            """,
            [(job_id, check.check_id, check.severity, check.outcome, Jsonb(check.detail)) for check in checks],
        )
