"""SIGINT, SIGTERM and SIGHUP, so that Terraform always gets to write its state.

The first of them, whichever it is, asks Terraform to stop. Only a further SIGINT, a second or more later,
escalates: a person pressed Ctrl-C again. A SIGTERM or SIGHUP never does, because CI systems send one a few
seconds after the first SIGINT and a terminal may vanish at any time, and forcing Terraform loses state.
"""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from streamflix_cli.errors import EXIT_INTERRUPTED, StreamflixError

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
BOUNCE_SECONDS = 1.0
"""Presses closer together count as one: `make` and the terminal both deliver a Ctrl-C."""


@dataclass
class Presses:
    """How often an interrupt was asked for while a program runs.

    Attributes:
        level: 0 not at all, 1 stop, 2 force, 3 kill.
    """

    level: int = 0
    _last: float = field(default=0.0, repr=False)

    def on_signal(self, number: int, _frame: FrameType | None) -> None:
        """Signal handler; counts, and does nothing else."""
        now = time.monotonic()
        if self.level == 0 or (number == signal.SIGINT and now - self._last >= BOUNCE_SECONDS):
            self.level = min(self.level + 1, 3)
            self._last = now


@contextmanager
def counted() -> Iterator[Presses]:
    """Counts the signals instead of ending this program."""
    presses = Presses()
    before = {number: signal.signal(number, presses.on_signal) for number in SIGNALS}
    try:
        yield presses
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def as_keyboard_interrupt() -> Iterator[None]:
    """Makes every one of the signals what Ctrl-C is: a `KeyboardInterrupt` at the point where the program is."""
    before = {number: signal.signal(number, _raise) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _raise(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def interrupted(
    message: str, *, hint: str = "Run the same command again.", data: object | None = None
) -> StreamflixError:
    """The error of an interrupted command."""
    return StreamflixError("INTERRUPTED", message, hint=hint, exit_code=EXIT_INTERRUPTED, data=data)
