"""The heartbeat of a task: a thread that says the work goes on, and hears when it should stop."""

import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Literal, Self

from lib.worker.errors import LeaseLostError

logger = logging.getLogger(__name__)
TICK_SECONDS = 0.5
"""How soon the work hears that the worker must go."""
RENEWAL_SECONDS = 2.0
"""How soon it hears, whatever the lease, that its job is to be cancelled: within 5 s the encoder must have ended."""
BEATS_A_LEASE = 3
"""Two may fail before the lease is lost."""

Interruption = Literal["cancelled", "lease lost", "preempted"]


class Heartbeat:
    """Beats until the block ends, and interrupts the work when it must stop.

    The work looks at `cancel` and ends with `CancelledError`; `interruption` then says why.

    Args:
        renew: Renews the lease, every `RENEWAL_SECONDS`: it must cost little. Takes the progress, 0 to 1; returns
            whether the job is to be cancelled. Raises `LeaseLostError` if the task is somebody else's.
        keep: Renews what else shows that the task is worked on, three times a lease.
        stopping: Whether the worker must go.
        lease_seconds: How long the task is this worker's without a renewal.
    """

    def __init__(
        self,
        *,
        renew: Callable[[float | None], bool],
        keep: Callable[[], None],
        stopping: Callable[[], bool],
        lease_seconds: float,
    ) -> None:
        self.cancel = threading.Event()
        self.interruption: Interruption | None = None
        self._renew = renew
        self._keep = keep
        self._stopping = stopping
        self._lease_seconds = lease_seconds
        self._progress: float | None = None
        self._renewed = time.monotonic()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def report(self, progress: float) -> None:
        """Takes the work's progress, 0 to 1; the next beat carries it."""
        self._progress = progress

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        beat_seconds = self._lease_seconds / BEATS_A_LEASE
        renewal_seconds = min(RENEWAL_SECONDS, beat_seconds)
        now = time.monotonic()
        next_renewal, next_keep = now + renewal_seconds, now + beat_seconds
        while self.interruption is None:
            # Before the first tick too: the signal may have come while the task was claimed.
            if self._stopping():
                self._interrupt("preempted")
                return
            now = time.monotonic()
            if now >= next_renewal:
                next_renewal = now + renewal_seconds
                self._try_to_renew()
            if now >= next_keep and self.interruption is None:
                next_keep = now + beat_seconds
                self._try_to_keep()
            if self._done.wait(TICK_SECONDS):
                return

    def _try_to_renew(self) -> None:
        asked = time.monotonic()
        try:
            cancelled = self._renew(self._progress)
        except LeaseLostError:
            self._interrupt("lease lost")
        except Exception as error:  # noqa: BLE001 - whatever it is, the next renewal may succeed
            logger.warning("The lease could not be renewed: %s: %s", type(error).__name__, error)
            if time.monotonic() - self._renewed > self._lease_seconds:
                self._interrupt("lease lost")
        else:
            self._renewed = asked
            if cancelled:
                self._interrupt("cancelled")

    def _try_to_keep(self) -> None:
        try:
            self._keep()
        except Exception as error:  # noqa: BLE001 - the lease is what counts
            logger.warning("A heartbeat failed: %s: %s", type(error).__name__, error)

    def _interrupt(self, interruption: Interruption) -> None:
        logger.info("The work is interrupted: %s", interruption)
        self.interruption = interruption
        self.cancel.set()
