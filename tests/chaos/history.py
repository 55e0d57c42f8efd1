"""What a run left behind: all that the checker looks at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lib.contracts.audit import AuditEvent, Seal
from lib.contracts.states import JobState, TaskKind, TaskState


@dataclass(frozen=True)
class Accepted:
    """A submission that the stream acknowledged.

    Attributes:
        job_id: As the producer computed it.
        ends: States in which its job may rest, by its input and by what was asked for.
    """

    job_id: str
    content_id: str
    sha256: str
    ladder_version: str
    ends: frozenset[JobState]


@dataclass(frozen=True)
class Job:
    """A row of `job`."""

    job_id: str
    content_id: str
    sha256: str
    ladder_version: str
    state: JobState
    reason_code: str | None = None
    reason: str | None = None
    published_prefix: str | None = None
    published_token: int | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """Its idempotency key."""
        return self.content_id, self.sha256, self.ladder_version


@dataclass(frozen=True)
class Task:
    """A row of `task`.

    Attributes:
        lease_token: Fencing token of the last claim; None if it was never claimed.
        result: What the worker said that did it.
    """

    task_id: str
    job_id: str
    kind: TaskKind
    state: TaskState
    attempts: int
    max_attempts: int
    lease_token: int | None = None
    result: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Rendition:
    """A row of `rendition`.

    Attributes:
        path: Below the published prefix.
    """

    job_id: str
    name: str
    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class StoredObject:
    """An object of the processed bucket.

    Attributes:
        sha256: Of its content.
        text: Its content, if it is a manifest, a playlist or a listing.
    """

    bytes: int
    sha256: str
    text: str | None = None


@dataclass(frozen=True)
class History:
    """All of it, read once everything rested.

    Attributes:
        accepted: In the order of acknowledgement.
        trail: Every seal in the order of positions, with its event.
        audit_key: Seals the trail.
        hidden: Events that were kept from being sealed.
        unsealed: How many events still wait to be sealed.
        announced: Jobs of which `video.published` was put into the outbox, once for each message.
        objects: What lies below published prefixes, by `s3://` URI.
        queues: Messages in each queue, in flight and delayed ones included, by what it is for.
    """

    accepted: tuple[Accepted, ...]
    jobs: tuple[Job, ...]
    tasks: tuple[Task, ...]
    renditions: tuple[Rendition, ...]
    trail: tuple[tuple[Seal, AuditEvent | None], ...]
    audit_key: str = field(repr=False)
    hidden: tuple[int, ...]
    unsealed: int
    announced: tuple[str, ...]
    objects: Mapping[str, StoredObject]
    queues: Mapping[str, int]

    @property
    def events(self) -> tuple[AuditEvent, ...]:
        """Of the trail, in the order in which they happened."""
        return tuple(sorted((event for _, event in self.trail if event), key=lambda event: event.event_id))
