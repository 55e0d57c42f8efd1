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
BEATS_A_LEASE = 3
"""Two may fail before the lease is lost."""

Interruption = Literal["cancelled", "lease lost", "preempted"]


class Heartbeat:
    """Beats until the block ends, and interrupts the work when it must stop.

    The work looks at `cancel` and ends with `CancelledError`; `interruption` then says why.

    Args:
        beat: Renews what shows others that the task is worked on. Takes the progress, 0 to 1; returns whether the
            job is to be cancelled. Raises `LeaseLostError` if the task is somebody else's.
        stopping: Whether the worker must go.
        lease_seconds: How long the task is this worker's without a beat.
    """

    def __init__(
        self, *, beat: Callable[[float | None], bool], stopping: Callable[[], bool], lease_seconds: float
    ) -> None:
        self.cancel = threading.Event()
        self.interruption: Interruption | None = None
        self._beat = beat
        self._stopping = stopping
        self._lease_seconds = lease_seconds
        self._progress: float | None = None
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
        renewed = time.monotonic()
        next_beat = renewed + self._lease_seconds / BEATS_A_LEASE
        while not self._done.wait(TICK_SECONDS) and self.interruption is None:
            if self._stopping():
                self._interrupt("preempted")
                return
            now = time.monotonic()
            if now < next_beat:
                continue
            next_beat = now + self._lease_seconds / BEATS_A_LEASE
            try:
                cancelled = self._beat(self._progress)
            except LeaseLostError:
                self._interrupt("lease lost")
            except Exception as error:  # noqa: BLE001 - whatever it is, the next beat may succeed
                logger.warning("A heartbeat failed: %s: %s", type(error).__name__, error)
                if time.monotonic() - renewed > self._lease_seconds:
                    self._interrupt("lease lost")
            else:
                renewed = now
                if cancelled:
                    self._interrupt("cancelled")

    def _interrupt(self, interruption: Interruption) -> None:
        logger.info("The work is interrupted: %s", interruption)
        self.interruption = interruption
        self.cancel.set()
