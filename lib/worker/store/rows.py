"""What goes into the store and comes out of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import TypeAdapter

from lib.contracts.content import ContentRecord
from lib.contracts.records import Location
from lib.contracts.states import JobState, Priority, TaskKind, TaskState

OutboxKind = Literal["doorbell", "event", "dead_letter"]
"""For the jobs queue, for the topic of video events, for the dead-letter queue."""


_LOCATION: TypeAdapter[Location] = TypeAdapter(Location)


@dataclass(frozen=True)
class QueueSettings:
    """How patient the queue is.

    Attributes:
        lease_seconds: How long a claim lasts unless a heartbeat renews it.
        max_attempts: How often a task is tried before its job is dead.
        backoff_base_seconds: The longest wait after the first failure; it doubles with each further one.
        backoff_cap_seconds: The longest wait of all.
    """

    lease_seconds: int
    max_attempts: int
    backoff_base_seconds: int
    backoff_cap_seconds: int


@dataclass(frozen=True)
class JobRow:
    """A job, as far as its tasks need to know it.

    What was submitted as a record is read when it is asked for: one that this version does not understand then
    fails its own task, and not the claim, which nobody would get beyond.

    Attributes:
        record: The content record, as JSON.
        location: Where the file is, as JSON.
        size: Bytes of the file.
        sha256: Of the file, in hexadecimal digits.
    """

    job_id: UUID
    record: dict[str, Any]
    location: dict[str, Any]
    file_name: str
    size: int
    sha256: str
    ladder_version: str
    priority: Priority

    @property
    def content(self) -> ContentRecord:
        """What the title is.

        Raises:
            ValidationError: The record is of another version.
        """
        return ContentRecord.model_validate(self.record)

    @property
    def source(self) -> Location:
        """Where the file is: in the stream until it is landed, then in the raw bucket.

        Raises:
            ValidationError: The record is of another version.
        """
        return _LOCATION.validate_python(self.location)


@dataclass(frozen=True)
class Claim:
    """A task that one worker may work on until its lease ends.

    Attributes:
        segment: Number of an encode task, from 0.
        token: Fencing token: larger than that of any earlier claim. Every write names it.
        attempt: Counts from 1.
        input: What the task was given when it was made.
        lease_seconds: How long the lease lasts from each heartbeat.
        worker: Who claimed it.
    """

    task_id: UUID
    job_id: UUID
    kind: TaskKind
    segment: int | None
    token: int
    attempt: int
    max_attempts: int
    input: dict[str, Any]
    lease_seconds: int
    worker: str
    job: JobRow


@dataclass(frozen=True)
class EncodedSegment:
    """A finished encode task: what it was given and what it reported."""

    segment: int
    input: dict[str, Any]
    result: dict[str, Any]


@dataclass(frozen=True)
class RenditionRow:
    """A published stream of a title: one video rung, audio track, image set or subtitle track.

    Attributes:
        name: Unique within the job, as `video-720` or `audio-0-en`.
        bitrate_kbps: Average.
        bytes: Of its files together.
        sha256: Of its file, or of its files' checksums where it has several.
        path: Below the published prefix.
        language: BCP 47.
    """

    name: str
    kind: Literal["video", "audio", "image", "subtitle"]
    path: str
    bytes: int
    sha256: str
    codec: str | None = None
    width: int | None = None
    height: int | None = None
    bitrate_kbps: int | None = None
    frames: int | None = None
    duration_seconds: float | None = None
    language: str | None = None


@dataclass(frozen=True)
class CheckRow:
    """The outcome of one compliance check.

    Attributes:
        check_id: Stable name of the rule.
        severity: How much a failure matters, as the rule says.
        outcome: As the rule says, `passed` or `failed` for instance.
        detail: What was found.
    """

    check_id: str
    severity: str
    outcome: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class OutboxItem:
    """A message that a transaction wants sent.

    Attributes:
        payload: Its body.
        delay_seconds: How much later than now it is to arrive, 0 to 900.
        attempts: How often it was handed out, this time included.
    """

    id: int
    kind: OutboxKind
    payload: dict[str, Any]
    delay_seconds: int
    attempts: int


@dataclass(frozen=True)
class WebhookRow:
    """A message to one receiver.

    Attributes:
        event: A `VideoEvent`, as JSON. It may be of a later version, and is passed on as it is.
        attempts: How often it was handed out, this time included.
        is_last: Whether it is given up if it fails now.
    """

    id: int
    event: dict[str, Any]
    attempts: int
    is_last: bool


@dataclass(frozen=True)
class Reaped:
    """What became of a task whose lease ran out.

    Attributes:
        job_state: Of its job, afterwards: `dead` if its attempts were used up.
    """

    task_id: UUID
    job_id: UUID
    job_state: JobState


@dataclass(frozen=True)
class Overview:
    """The queue at a glance.

    Attributes:
        jobs: Number of jobs in each state that has any.
        tasks: Number of tasks in each state that has any.
        waiting: Tasks that could be claimed now.
        oldest_waiting_seconds: How long the longest of them has waited; None without any.
        oldest_unlanded: When the oldest video was submitted that is still in the stream alone; None without any.
        unsent: Messages in the outbox.
    """

    jobs: dict[JobState, int]
    tasks: dict[TaskState, int]
    waiting: int
    oldest_waiting_seconds: float | None
    oldest_unlanded: datetime | None
    unsent: int


@dataclass(frozen=True)
class Live:
    """What storage must keep.

    Attributes:
        published: Prefixes, as `s3://BUCKET/titles/...`, that published jobs point to.
        unfinished: Jobs whose workers may still read or write their own prefixes.
    """

    published: frozenset[str]
    unfinished: frozenset[UUID]
