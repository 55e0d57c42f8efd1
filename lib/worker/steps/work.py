"""What every step is given."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from lib.contracts.records import ObjectLocation
from lib.worker.errors import RejectedError
from lib.worker.objects import Objects
from lib.worker.scratch import Scratch
from lib.worker.settings import Settings
from lib.worker.store import Claim, Store
from lib.worker.stream import Stream

Completion = Callable[[], None]
"""Says in the store that the task is done. Called once the heartbeat has ended."""


@dataclass(frozen=True)
class Tools:
    """What the work is done with."""

    settings: Settings
    store: Store
    objects: Objects
    stream: Stream
    scratch: Scratch


@dataclass(frozen=True)
class Work:
    """A task to do.

    Attributes:
        claim: The task.
        folder: Empty, removed afterwards.
        cancel: Set when the work must end, with `CancelledError`.
        report: Takes the progress, 0 to 1.
    """

    claim: Claim
    folder: Path
    cancel: Event
    report: Callable[[float], None]
    tools: Tools

    @property
    def parts_prefix(self) -> str:
        """Where this attempt puts its encoded parts in the processed bucket."""
        return f"work/{self.claim.job_id}/{self.claim.token}/"

    def source(self) -> Path:
        """The job's video, verified.

        Raises:
            RejectedError: `SOURCE_MISSING`, `SIZE_MISMATCH`, `CHECKSUM_MISMATCH`.
            RetryError: `DISK_FULL`.
            CancelledError: The work was told to stop.
        """
        job, source = self.claim.job, self.claim.job.source
        # Whoever submits says where the video is: it must not be what the submitter could not read.
        if not isinstance(source, ObjectLocation) or source.bucket != self.tools.settings.raw_bucket:
            raise RejectedError("SOURCE_MISSING", "The video is not in this environment's raw bucket.")
        return self.tools.scratch.source(
            self.tools.objects, source, size=job.size, sha256=job.sha256, cancel=self.cancel
        )
