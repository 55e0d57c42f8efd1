"""A run's progress on stderr: a bar on a terminal, lines elsewhere."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from streamflix_cli.deploy.events import Diagnosed, Event, Finished, Operation, Started, StillRunning
from streamflix_cli.ui.addresses import shown

_DOING: dict[Operation, str] = {
    "create": "creating",
    "adopt": "adopting",
    "update": "updating",
    "delete": "destroying",
}
_DONE: dict[Operation, str] = {"create": "created", "adopt": "adopted", "update": "updated", "delete": "destroyed"}


class RunProgress:
    """Follows the events of a run. On a terminal, what finished or failed stays in the scrollback above the bar.

    Args:
        console: On stderr.
        total: How many operations the run has, a replacement counting two.
    """

    def __init__(self, console: Console, *, total: int) -> None:
        self._console = console
        self._total = total
        self._done = 0
        self._running: dict[str, tuple[float, Operation]] = {}

    @contextmanager
    def shown(self, title: str) -> Iterator["RunProgress"]:
        """Shows the bar, on a terminal, while the run goes on."""
        columns: list[ProgressColumn] = [TextColumn("[bold]{task.description}"), BarColumn(), MofNCompleteColumn()]
        columns.append(TimeElapsedColumn())
        with _BarOverSlowest(
            self,
            *columns,
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
            refresh_per_second=4,
            redirect_stdout=False,
            redirect_stderr=False,
        ) as bar:
            self._bar, self._task = bar, bar.add_task(title, total=self._total)
            yield self

    def slowest(self) -> str:
        """Returns what has been running longest, and for how long."""
        running = sorted(self._running.items(), key=lambda one: one[1][0])
        if not running:
            return ""
        address, (since, operation) = running[0]
        elapsed = time.monotonic() - since
        return f"{len(running)} running, the slowest for {elapsed:.0f} s: {_DOING[operation]} {address}"

    def on_event(self, event: Event) -> None:
        """Draws an event."""
        if isinstance(event, Started):
            self._running[event.address] = (time.monotonic(), event.operation)
            self._line_without_bar(f"{shown(event.address)}: {_DOING[event.operation]}")
        elif isinstance(event, StillRunning):
            self._line_without_bar(f"{shown(event.address)}: still {_DOING[event.operation]}, {event.elapsed}")
        elif isinstance(event, Finished):
            self._running.pop(event.address, None)
            self._done += 1
            self._bar.update(self._task, completed=self._done)
            self._line(f"{shown(event.address)}: {_DONE[event.operation]} after {event.elapsed}", "✓", "green")
        elif isinstance(event, Diagnosed):
            self._running.pop(event.address or "", None)
            self._line(f"{shown(event.address or 'error')}: {event.text.splitlines()[0]}", "✗", "red")

    def _line_without_bar(self, text: str) -> None:
        if not self._console.is_terminal:
            self._line(text, "·", "")

    def _line(self, text: str, sign: str, style: str) -> None:
        self._console.print(Text.assemble((sign, style), f" {self._done}/{self._total} {text}"), soft_wrap=True)


class _BarOverSlowest(Progress):
    """The bar, and below it what has been running longest: addresses are too long to stand beside it."""

    def __init__(self, progress: RunProgress, *columns: ProgressColumn, **options: Any) -> None:
        self._progress = progress
        super().__init__(*columns, **options)

    def get_renderables(self) -> Iterable[RenderableType]:
        """Draws both anew, some times a second."""
        yield from super().get_renderables()
        yield Text(self._progress.slowest(), style="dim", overflow="ellipsis", no_wrap=True)
