"""Jobs: looking at them, and steering them."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from lib.contracts.identity import pseudonym
from lib.contracts.messages import JobDead, TaskReady
from lib.contracts.states import FINAL_JOB_STATES, JobState
from streamflix_cli.errors import StreamflixError
from streamflix_cli.pipeline.database import Database, SqlError
from streamflix_cli.pipeline.environment import Pipeline
from streamflix_cli.pipeline.job_ids import unknown_job
from streamflix_cli.pipeline.models import Job, JobDetails, Redriven

FOLLOW_SECONDS = 2.0
RECEIVE_MESSAGES = 10
"""Most that one ReceiveMessage returns (SQS API reference)."""
HIDDEN_SECONDS = 60
"""How long a dead letter is hidden from others while it is worked on."""
UNKNOWN_JOB, WRONG_STATE = "SF001", "SF002"
"""SQLSTATEs of the operator's functions (`lib/worker/migrations/versions/0004_roles.sql`)."""

_JOBS = """
    SELECT job_id, content_id, file_name, state, reason_code AS code, reason, published_prefix AS published,
           submitted_at, updated_at,
           CASE state WHEN 'encoding' THEN (
               SELECT avg(coalesce(task.progress, 0)) FROM task WHERE task.job_id = job.job_id AND task.kind = 'encode'
           ) END AS progress
    FROM job
"""


class JobBook:
    """The jobs of one pipeline.

    Args:
        pipeline: The pipeline.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._database = Database(pipeline)

    def find(self, job_ids: Sequence[str]) -> dict[str, Job]:
        """The jobs that the database knows, by id.

        Raises:
            StreamflixError: `DATABASE_UNAVAILABLE`, `DATABASE_REFUSED`, `ACCESS_DENIED`.
        """
        rows = self._database.rows(
            f"{_JOBS} WHERE job_id = ANY (CAST(string_to_array(:ids, ',') AS uuid[]))", ids=",".join(job_ids)
        )
        return {row["job_id"]: Job(**row) for row in rows}

    def newest(self, *, state: JobState | None, content_id: str | None, limit: int) -> list[Job]:
        """The newest jobs, newest first.

        Args:
            state: Only those in this state.
            content_id: Only those of this title.
            limit: At most so many.
        """
        rows = self._database.rows(
            f"""{_JOBS}
            WHERE (CAST(:state AS text) IS NULL OR CAST(state AS text) = :state)
              AND (CAST(:content AS text) IS NULL OR content_id = :content)
            ORDER BY submitted_at DESC, job_id LIMIT CAST(:limit AS integer)""",
            state=state,
            content=content_id,
            limit=limit,
        )
        return [Job(**row) for row in rows]

    def get(self, job_id: UUID) -> Job:
        """One job.

        Raises:
            StreamflixError: `JOB_UNKNOWN`.
        """
        rows = self._database.rows(f"{_JOBS} WHERE job_id = CAST(:job AS uuid)", job=str(job_id))
        if not rows:
            raise unknown_job(self._pipeline, job_id)
        return Job(**rows[0])

    def details(self, job_id: UUID) -> JobDetails:
        """One job with all that is known of it.

        Raises:
            StreamflixError: `JOB_UNKNOWN`.
        """
        job = self.get(job_id)
        info = self._of(job_id, "SELECT info FROM media_info WHERE {}")
        return JobDetails(
            **job.model_dump(),
            events=self._of(
                job_id, "SELECT at, actor, action, before, after FROM audit_event WHERE {} ORDER BY event_id"
            ),
            media_info=info[0]["info"] if info else None,
            renditions=self._of(job_id, "SELECT * FROM rendition WHERE {} ORDER BY kind DESC, height DESC, name"),
            tasks=self._of(
                job_id,
                """SELECT task_id, kind, segment, state, attempts, max_attempts, progress, worker, run_after,
                       created_at, started_at, finished_at, error
                FROM task WHERE {} ORDER BY created_at, segment NULLS FIRST""",
            ),
        )

    def cancel(self, job_id: UUID) -> Job:
        """Cancels a job: at once, or as soon as the worker that has it hears of it.

        Raises:
            StreamflixError: `JOB_UNKNOWN`, or `JOB_STATE` if it has ended already.
        """
        return self._steer("operator_cancel", job_id)

    def retry(self, job_id: UUID) -> Job:
        """Begins a job that has stopped anew.

        Raises:
            StreamflixError: `JOB_UNKNOWN`, or `JOB_STATE` if it has not stopped.
        """
        job = self._steer("operator_retry", job_id)
        self._ring()
        return job

    def redrive(self) -> Redriven:
        """Empties the dead-letter queue: reopens dead jobs, and returns all else to the jobs queue as it is."""
        sqs, url = self._pipeline.client("sqs"), self._pipeline.output("jobs_dead_letter_queue_url")
        reopened: list[Job] = []
        returned = dropped = 0
        # As many as there are now: what a worker puts back meanwhile is not taken again.
        counted = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
        for message in self._dead_letters(int(counted["ApproximateNumberOfMessages"])):
            dead = _job_dead(message["Body"])
            if dead is None:
                self._send(message["Body"])
                returned += 1
            else:
                job = self.find([str(dead.job_id)]).get(str(dead.job_id))
                if job is not None and job.state == "dead":
                    reopened.append(self.retry(dead.job_id))
                else:  # somebody has decided about it since
                    dropped += 1
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return Redriven(jobs=reopened, returned=returned, dropped=dropped)

    def follow(
        self, jobs: Sequence[Job], before: Mapping[str, str | None], *, say: Callable[[str], None]
    ) -> Iterator[list[Job]]:
        """Yields the jobs, in order, as they are now, every few seconds until all have ended.

        Args:
            jobs: As `ingest` returned them.
            before: `updated_at` of those that the database knew before they were submitted again. While it stands,
                the record was not seen yet, and the state is that of the earlier submission.
            say: Told when the database does not answer; it is asked again until it does.

        Raises:
            StreamflixError: `ENVIRONMENT_NOT_DEPLOYED`: the local cloud was stopped; `DATABASE_REFUSED`.
        """
        answers = True
        while True:
            try:
                known = self.find([job.job_id for job in jobs])
            except StreamflixError as error:
                if error.code != "DATABASE_UNAVAILABLE":
                    raise
                self._pipeline.check_there()
                if answers:
                    say(f"{error.message} Waiting for it.")
                answers = False
            else:
                answers = True
                current = [_current(job, known.get(job.job_id), before.get(job.job_id)) for job in jobs]
                yield current
                if all(job.state in FINAL_JOB_STATES for job in current):
                    return
            time.sleep(FOLLOW_SECONDS)

    def actor(self) -> str:
        """The pseudonym of who runs this program."""
        return pseudonym(self._pipeline.caller(), self._pipeline.secret("pseudonym_key_arn"))

    def opened(self, job: Job) -> None:
        """Writes into the audit trail that somebody looks at a title."""
        self._database.execute(
            """INSERT INTO audit_event (actor, action, subject_kind, subject_id, job_id)
            VALUES (:actor, 'title.opened', 'content', :content, CAST(:job AS uuid))""",
            actor=self.actor(),
            content=job.content_id,
            job=job.job_id,
        )

    def counts(self) -> dict[str, int]:
        """How many jobs are in each state."""
        rows = self._database.rows("SELECT CAST(state AS text) AS state, count(*) AS jobs FROM job GROUP BY state")
        return {row["state"]: row["jobs"] for row in rows}

    def _steer(self, function: str, job_id: UUID) -> Job:
        try:
            self._database.rows(
                f"SELECT {function}(CAST(:job AS uuid), :actor) AS state",
                job=str(job_id),
                actor=self.actor(),
            )
        except SqlError as error:
            if error.sqlstate == UNKNOWN_JOB:
                raise unknown_job(self._pipeline, job_id) from error
            if error.sqlstate == WRONG_STATE:
                raise StreamflixError(
                    "JOB_STATE",
                    f"Nothing was done: {error.said}.",
                    hint=f"`streamflix jobs show {job_id} {self._pipeline.flags}` shows its state.",
                ) from error
            raise
        return self.get(job_id)

    def _dead_letters(self, count: int) -> Iterator[dict[str, Any]]:
        sqs, url = self._pipeline.client("sqs"), self._pipeline.output("jobs_dead_letter_queue_url")
        while count > 0:
            messages = sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=min(count, RECEIVE_MESSAGES),
                VisibilityTimeout=HIDDEN_SECONDS,
                WaitTimeSeconds=1,
            ).get("Messages", [])
            if not messages:
                return
            yield from messages
            count -= len(messages)

    def _ring(self) -> None:
        """Housekeeping would ring too: within 5 minutes, or an hour where the database may pause."""
        self._send(TaskReady().model_dump_json())

    def _send(self, body: str) -> None:
        self._pipeline.client("sqs").send_message(QueueUrl=self._pipeline.output("jobs_queue_url"), MessageBody=body)

    def _of(self, job_id: UUID, query: str) -> list[dict[str, Any]]:
        return self._database.rows(query.format("job_id = CAST(:job AS uuid)"), job=str(job_id))


def _current(submitted: Job, known: Job | None, before: str | None) -> Job:
    return submitted if known is None or known.updated_at == before else known


def _job_dead(body: str) -> JobDead | None:
    try:
        return JobDead.model_validate_json(body)
    except ValueError:
        return None
