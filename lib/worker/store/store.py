"""The queue of record: every change of a job or task, each one transaction."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from lib.contracts.errors import FailureCode, HoldCode, RejectionCode
from lib.contracts.messages import Submission
from lib.contracts.records import ObjectLocation
from lib.contracts.states import JobState
from lib.worker.database import Database
from lib.worker.store.rows import (
    CheckRow,
    Claim,
    EncodedSegment,
    Live,
    OutboxItem,
    Overview,
    QueueSettings,
    Reaped,
    RenditionRow,
)

if TYPE_CHECKING:
    from lib.contracts.media import MediaInfo


class Store:
    """Jobs and tasks in PostgreSQL.

    Each method is one transaction, audit trail included. Methods that take a claim raise `LeaseLostError`, having
    changed nothing, when the task is no longer the claimant's. Those that carry a job on (`complete_...`, `publish`)
    raise `CancelledError`, having changed nothing, when the job is to be cancelled: the worker then calls `cancelled`.
    Threads may share a store.

    Args:
        database: Where the tables are.
        audit_key: Seals the audit trail.
        settings: How patient the queue is.
    """

    def __init__(self, database: Database, *, audit_key: str, settings: QueueSettings) -> None:
        raise NotImplementedError

    def schema_is_ready(self) -> bool:
        """Whether the schema is this worker's or a newer one; False as well if nobody has migrated it yet."""
        raise NotImplementedError

    def submit(self, submission: Submission) -> JobState:
        """Makes the job that was submitted, or reopens it if it rests unpublished; otherwise changes nothing.

        A repeated delivery, or an older submission than the last one, changes nothing either.

        Returns:
            The job's state.
        """
        raise NotImplementedError

    def claim(self, worker: str) -> Claim | None:
        """Leases the most urgent task that can be done now; a waiting one gains a class each 10 minutes.

        Args:
            worker: Names who claims, in leases and in the audit trail.
        """
        raise NotImplementedError

    def heartbeat(self, claim: Claim, progress: float | None) -> bool:
        """Renews the lease.

        Args:
            claim: The task.
            progress: How much is done, 0 to 1; None leaves it as it was.

        Returns:
            Whether the job is to be cancelled.
        """
        raise NotImplementedError

    def complete_land(self, claim: Claim, raw: ObjectLocation) -> None:
        """The video is in the raw bucket: its plan can be made."""
        raise NotImplementedError

    def complete_plan(self, claim: Claim, info: "MediaInfo", tasks: Sequence[dict[str, Any]]) -> None:
        """The video is known and its encode tasks are laid out: one for each input, at least one."""
        raise NotImplementedError

    def complete_encode(self, claim: Claim, result: dict[str, Any]) -> None:
        """A segment is encoded; the last one makes the finish task."""
        raise NotImplementedError

    def encode_results(self, job_id: UUID) -> list[EncodedSegment]:
        """The finished encode tasks of a job, by segment."""
        raise NotImplementedError

    def media_info(self, job_id: UUID) -> "MediaInfo":
        """What `complete_plan` said about a job's video."""
        raise NotImplementedError

    def publish(
        self, claim: Claim, *, prefix: str, renditions: Sequence[RenditionRow], checks: Sequence[CheckRow]
    ) -> None:
        """Everything below `s3://BUCKET/PREFIX/` is the title from now on; `video.published` is told."""
        raise NotImplementedError

    def reject(self, claim: Claim, code: RejectionCode, reason: str) -> None:
        """Ends the job as rejected: its input is bad."""
        raise NotImplementedError

    def hold(self, claim: Claim, code: HoldCode, reason: str, checks: Sequence[CheckRow]) -> None:
        """Ends the job as held: a person must supply something."""
        raise NotImplementedError

    def retry_later(self, claim: Claim, code: FailureCode, reason: str) -> bool:
        """Gives the task back after a failure that may pass, to be tried again after a random wait.

        Returns:
            False if its attempts are used up: the job is dead, and a dead letter is in the outbox.
        """
        raise NotImplementedError

    def release(self, claim: Claim) -> None:
        """Gives the task back undone: it can be claimed at once, and the attempt does not count."""
        raise NotImplementedError

    def cancelled(self, claim: Claim) -> None:
        """Ends the job as cancelled."""
        raise NotImplementedError

    def due_outbox(self, limit: int = 100) -> list[OutboxItem]:
        """Takes messages to send; who takes one and does not mark it as sent leaves it to others after a minute."""
        raise NotImplementedError

    def mark_sent(self, ids: Sequence[int]) -> None:
        """These messages are sent."""
        raise NotImplementedError

    def reap(self) -> list[Reaped]:
        """Gives back tasks whose lease ran out; the attempt counts. `claim` does the same first."""
        raise NotImplementedError

    def ring_again(self, queued: int) -> int:
        """Writes doorbells for waiting tasks that have none any more.

        Args:
            queued: Messages that the jobs queue holds, those in flight not counted.

        Returns:
            How many were written.
        """
        raise NotImplementedError

    def forget_sent(self) -> int:
        """Removes messages from the outbox that were sent over a week ago; returns how many."""
        raise NotImplementedError

    def overview(self) -> Overview:
        """The queue at a glance."""
        raise NotImplementedError

    def live(self) -> Live:
        """What storage must keep."""
        raise NotImplementedError

    def audit_head(self) -> tuple[int, str] | None:
        """Position and hash of the audit trail's last seal; None without any."""
        raise NotImplementedError
