"""An ingest: files on their way on stderr (a bar on a terminal, a line each elsewhere), then what came of them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Column
from rich.text import Text

from lib.contracts.states import FINAL_JOB_STATES
from streamflix_cli.pipeline.models import Ingested, JobDetails
from streamflix_cli.pipeline.sources import Source
from streamflix_cli.ui.job import render_outcome
from streamflix_cli.ui.jobs import lines
from streamflix_cli.ui.output import Output

WITH_BAR_WIDTH = 70
"""Columns of a terminal on which a bar has room between a file's name and its numbers."""


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
        # Of a long name as much is shown as there is room for.
        name = Column(ratio=1, no_wrap=True, overflow="ellipsis")
        bar_column = (
            [BarColumn(bar_width=None, table_column=Column(ratio=1))] if console.width >= WITH_BAR_WIDTH else []
        )
        with Progress(
            TextColumn("{task.description}", markup=False, table_column=name),
            *bar_column,
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=console,
            expand=True,
            transient=True,
            disable=not console.is_terminal,
            redirect_stdout=False,
            redirect_stderr=False,
        ) as bar:
            task = bar.add_task(source.name, total=source.size)
            yield lambda size: bar.advance(task, size)


def render_ingested(console: Console, result: Ingested, *, published: Sequence[JobDetails], flags: str) -> None:
    """Draws the jobs, what came of the published ones, and how to follow the others.

    Args:
        console: Where to.
        result: Of the ingest; the files that failed are its error's to tell.
        published: Jobs that were waited for and are published.
        flags: The options that name the environment.
    """
    told = {job.job_id for job in published}
    for line in lines(console, [job for job in result.jobs if job.job_id not in told]):
        console.print(line, soft_wrap=True)
    for job in published:
        render_outcome(console, job, flags=flags)
    going = [job for job in result.jobs if job.state not in FINAL_JOB_STATES]
    known = [job for job in result.jobs if job.state == "published" and job.job_id not in told]
    if len(result.jobs) == len(known) == 1:
        console.print(
            Text.assemble("  ", ("play it: ", "dim"), f"streamflix open {known[0].job_id} {flags}"), soft_wrap=True
        )
    if going:
        console.print("Next:", style="bold")
        which = f"show {going[0].job_id}" if len(going) == 1 else "list"
        for command, does in (
            (f"jobs {which} {flags}", "where it stands" if len(going) == 1 else "where they stand"),
            (f"status {flags} --watch", "the whole pipeline, live"),
        ):
            console.print(f"  streamflix {command}    {does}", markup=False, soft_wrap=True)
