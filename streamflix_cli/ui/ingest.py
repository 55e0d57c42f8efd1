"""Files on their way, on stderr: a bar on a terminal, a line each elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from streamflix_cli.pipeline.sources import Source
from streamflix_cli.ui.output import Output


class Transfers:
    """The ingest command's host.

    Args:
        output: The command's streams.
    """

    def __init__(self, output: Output) -> None:
        self._output = output

    def warn(self, message: str) -> None:
        """Warns on stderr and in the envelope."""
        self._output.warn(message)

    @contextmanager
    def moving(self, source: Source) -> Iterator[Callable[[int], None]]:
        """Shows bytes, rate and remaining time of a file while it moves."""
        console = self._output.err
        if not console.is_terminal:
            self._output.note(f"{source.path}: {decimal(source.size)}")
        with Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
            redirect_stdout=False,
            redirect_stderr=False,
        ) as bar:
            task = bar.add_task(source.name, total=source.size)
            yield lambda size: bar.advance(task, size)
