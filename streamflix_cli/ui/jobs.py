"""How jobs are shown: lists, and jobs that are followed. Nothing is folded: ids, URIs and reasons are copied."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from lib.contracts.states import FINAL_JOB_STATES
from streamflix_cli.pipeline.models import Job, Jobs, Redriven

ONE_LINE_WIDTH = 70
"""Columns of a terminal on which a job's id, state, time and title stand side by side."""
_STYLES = {"published": "green", "held": "yellow", "rejected": "red", "dead": "red", "cancelled": "dim"}


def state(name: str, progress: float | None = None) -> Text:
    """A job's state in its colour, and how far it is."""
    return Text(name if progress is None else f"{name} {progress:.0%}", style=_STYLES.get(name, "cyan"))


def moment(iso: str | None) -> str:
    """A time as `2026-01-31 12:00:00`; the database speaks UTC."""
    return "-" if iso is None else iso.replace("T", " ")[:19]


def remark(job: Job) -> str:
    """Why it stopped."""
    return f"{job.code}: {job.reason}" if job.code else job.reason or ""


def lines(console: Console, jobs: Sequence[Job]) -> list[Text]:
    """A job a line: id, state, month, day and time of submission, title.

    Why it stopped follows on a line of its own, as the title does on a narrow terminal.
    """
    wide = console.width >= ONE_LINE_WIDTH or not console.is_terminal
    drawn = []
    for job in jobs:
        shown = state(job.state, job.progress)
        shown.pad_right(max(0, 12 - len(shown)))
        line = Text.assemble(job.job_id, "  ", shown)
        if wide:
            line.append_text(Text.assemble((f"  {moment(job.submitted_at)[5:16]}", "dim"), f"  {job.content_id}"))
        drawn.append(line)
        drawn += [Text(f"  {text}") for text in ("" if wide else job.content_id, remark(job)) if text]
    return drawn


def render_jobs(console: Console, result: Jobs) -> None:
    """Draws a list of jobs."""
    for line in lines(console, result.jobs) or [Text("No jobs.")]:
        console.print(line, soft_wrap=True)


def render_cancelled(console: Console, result: Jobs) -> None:
    """Draws a job that was cancelled, or is going to be."""
    render_jobs(console, result)
    if any(job.state not in FINAL_JOB_STATES for job in result.jobs):
        console.print("A worker is at it and ends within seconds; then it is cancelled.", soft_wrap=True)


def render_redriven(console: Console, result: Redriven) -> None:
    """Draws what became of the dead letters."""
    if result.jobs:
        render_jobs(console, result)
    if not (result.jobs or result.returned or result.dropped):
        console.print("The dead-letter queue is empty.")
        return
    console.print(
        f"{len(result.jobs)} dead jobs reopened, {result.returned} other messages returned to the jobs queue, "
        f"{result.dropped} dropped whose jobs are not dead any more.",
        soft_wrap=True,
    )


class Following:
    """Jobs as they go on: those that have not ended, live on a terminal; elsewhere a line for each change of state.

    Args:
        console: On stderr.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._states: dict[str, str] = {}

    @contextmanager
    def shown(self) -> Iterator["Following"]:
        """Shows the jobs while they are followed; the display vanishes with them."""
        with Live(console=self._console, transient=True, auto_refresh=False, redirect_stdout=False) as live:
            self._live = live
            yield self

    def update(self, jobs: Sequence[Job]) -> None:
        """Draws the jobs as they are now."""
        if self._console.is_terminal:
            self._live.update(self.screen(jobs), refresh=True)
            return
        for job in jobs:
            if self._states.get(job.job_id) != job.state:
                self._states[job.job_id] = job.state
                line = f"{job.job_id} {job.content_id}: {job.state} {remark(job)}".rstrip()
                self._console.print(line, markup=False, soft_wrap=True)

    def screen(self, jobs: Sequence[Job]) -> Group:
        """What fits the terminal: a count, then the jobs that have not ended, a line each without folding."""
        going = [job for job in jobs if job.state not in FINAL_JOB_STATES]
        count = Text(f"{len(jobs) - len(going)} of {len(jobs)} ended; Ctrl-C leaves them to go on.", style="dim")
        drawn = [count, *lines(self._console, going)][: self._console.height - 1]
        for line in drawn:
            line.truncate(self._console.width, overflow="ellipsis")
        return Group(*drawn)
