"""Submitting videos: the bytes to where a worker finds them, then one small record that says so."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from lib.contracts.identity import job_id as job_id_of
from lib.contracts.records import Location, VideoSubmitted
from lib.contracts.states import FINAL_JOB_STATES, Priority
from streamflix_cli.errors import StreamflixError
from streamflix_cli.pipeline.environment import Pipeline
from streamflix_cli.pipeline.failures import explain
from streamflix_cli.pipeline.jobs import JobBook
from streamflix_cli.pipeline.models import SUBMITTED, Failed, Job
from streamflix_cli.pipeline.sources import Source
from streamflix_cli.pipeline.stream import Producer
from streamflix_cli.pipeline.upload import MEBIBYTE, PREFIX, Uploader

Transport = Literal["auto", "object", "stream"]
HASH_FIRST_BYTES = 64 * 1024 * 1024
"""Up to here a file is read once more beforehand, which takes a fraction of a second: a job that is there already
then costs no upload. Reading a file of many GiB twice would cost more than it could save, so a larger one is hashed
while it moves, and what was moved in vain is dropped."""


class Host(Protocol):
    """Shows what goes on."""

    def warn(self, message: str) -> None:
        """Tells what the user should know."""

    def moving(self, source: Source) -> AbstractContextManager[Callable[[int], None]]:
        """Shows that a file moves; what it gives is told of every further byte."""


@dataclass
class Ingest:
    """One call of `ingest`.

    Attributes:
        pipeline: Where to.
        transport: How the bytes go; `auto` takes the stream for what is small enough.
        priority: How soon they are wanted.
        host: Shows what goes on.
        jobs: Of the files that were submitted, or that were there already.
        failed: The files that were not submitted.
        before: When the database last changed those jobs that it knew before they were submitted again.
    """

    pipeline: Pipeline
    transport: Transport
    priority: Priority
    host: Host
    jobs: list[Job] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    before: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        bucket = self.pipeline.output("raw_bucket")
        self._ladder = self.pipeline.output("ladder_version")
        self._most_streamed = int(self.pipeline.output("max_streamed_bytes"))
        self._uploader = Uploader(self.pipeline.client("s3"), bucket, self.pipeline.workspace.folder / "uploads")
        self._producer = Producer(self.pipeline.client("kinesis"), self.pipeline.output("stream_name"))
        self._book = JobBook(self.pipeline)
        self._database_answers = True

    def run(self, sources: Sequence[Source]) -> None:
        """Submits videos one after the other; one that fails does not keep the others.

        Raises:
            StreamflixError: The caller's identity or the pseudonym key cannot be read.
        """
        submitter = self._book.actor()
        self._warn_of_namesakes(sources)
        for source in sources:
            try:
                self.jobs.append(self._submit(source, submitter))
            except StreamflixError as error:
                self.failed.append(Failed.because(source.path, error))
            except (BotoCoreError, ClientError) as error:
                self.failed.append(Failed.because(source.path, explain(self.pipeline, error)))

    def _submit(self, source: Source, submitter: str) -> Job:
        streamed = self._is_streamed(source)
        there: Job | None = None

        def wanted(sha256: str) -> bool:
            nonlocal there
            there = self._unchanged(source, sha256)
            return there is None

        sha256 = source.sha256() if streamed or source.size <= HASH_FIRST_BYTES else None
        location: Location
        if sha256 is None or wanted(sha256):
            with self.host.moving(source) as advance:
                if streamed:
                    location = self._producer.send(source, advance)
                else:
                    key = f"{PREFIX}{self._job_id(source, sha256)}/{source.name}" if sha256 else None
                    uploaded = self._uploader.upload(source, advance, key=key, wanted=wanted)
                    if uploaded is not None:
                        location, sha256 = uploaded.location, uploaded.sha256
        if there is not None:
            return there
        job = self._announce(source, str(sha256), location, submitter)
        self._uploader.forget(source)
        return job

    def _warn_of_namesakes(self, sources: Sequence[Source]) -> None:
        """Two files of one id are two versions of one title, which is seldom meant where ids are file names."""
        by_id: dict[str, list[str]] = {}
        for source in sources:
            by_id.setdefault(source.content.id, []).append(str(source.path))
        for content_id, paths in by_id.items():
            if len(paths) > 1:
                self.host.warn(
                    f"{', '.join(paths)} have the same id, `{content_id}`: they are taken as versions of one title. "
                    "A STEM.yaml beside each gives it an id of its own."
                )

    def _is_streamed(self, source: Source) -> bool:
        if self.transport == "stream" and source.size > self._most_streamed:
            raise StreamflixError(
                "FILE_TOO_LARGE",
                f"{source.path} has {source.size / MEBIBYTE:.1f} MiB; the stream takes "
                f"{self._most_streamed / MEBIBYTE:.1f} MiB (`ingest.max_streamed_bytes`).",
                hint="Leave --transport out: larger files go by the raw bucket.",
            )
        return self.transport == "stream" or (self.transport == "auto" and source.size <= self._most_streamed)

    def _announce(self, source: Source, sha256: str, location: Location, submitter: str) -> Job:
        record = VideoSubmitted(
            job_id=job_id_of(source.content.id, sha256, self._ladder),
            content=source.content,
            file_name=source.name,
            size=source.size,
            sha256=sha256,
            ladder_version=self._ladder,
            priority=self.priority,
            location=location,
            submitted_at=datetime.now(UTC),
            submitted_by=submitter,
        )
        self._producer.submit(record)
        return Job(
            job_id=str(record.job_id),
            content_id=source.content.id,
            file_name=source.name,
            state=SUBMITTED,
            submitted_at=record.submitted_at.isoformat(),
        )

    def _unchanged(self, source: Source, sha256: str) -> Job | None:
        """The job, if it is published or under way: submitting it again would change nothing."""
        job_id = self._job_id(source, sha256)
        job = self._known(job_id)
        if job is None:
            return None
        if job.state == "published" or job.state not in FINAL_JOB_STATES:
            return job
        self.before[job_id] = job.updated_at
        return None

    def _job_id(self, source: Source, sha256: str) -> str:
        return str(job_id_of(source.content.id, sha256, self._ladder))

    def _known(self, job_id: str) -> Job | None:
        """Not being able to look is no reason not to submit: the worker finds out by itself."""
        if not self._database_answers:
            return None
        try:
            return self._book.find([job_id]).get(job_id)
        except StreamflixError as error:
            self._database_answers = False
            self.host.warn(f"Cannot tell which videos are there already, so all are submitted: {error}")
            return None
