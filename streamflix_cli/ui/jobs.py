"""How jobs are shown: tables, one job in detail, and jobs that are followed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from streamflix_cli.pipeline.models import Ingested, Job, JobDetails, Jobs, Redriven

_STYLES = {"published": "green", "held": "yellow", "rejected": "red", "dead": "red", "cancelled": "dim"}


def state(name: str) -> Text:
    """A job's state in its colour."""
    return Text(name, style=_STYLES.get(name, "cyan"))


def moment(iso: str | None) -> str:
    """A time as `2026-01-31 12:00:00`; the database speaks UTC."""
    return "-" if iso is None else iso.replace("T", " ")[:19]


def table(jobs: Sequence[Job]) -> Table:
    """A job a row."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    drawn.add_column("job", no_wrap=True)
    drawn.add_column("content", overflow="fold")
    drawn.add_column("state", no_wrap=True)
    drawn.add_column("", overflow="fold")
    for job in jobs:
        drawn.add_row(job.job_id, Text(job.content_id), state(job.state), Text(_remark(job)))
    return drawn


def _remark(job: Job) -> str:
    """Why it stopped."""
    return f"{job.code}: {job.reason}" if job.code else job.reason or ""


def render_jobs(console: Console, result: Jobs) -> None:
    """Draws a list of jobs."""
    if result.jobs:
        console.print(table(result.jobs))
    else:
        console.print("No jobs.")


def render_ingested(console: Console, result: Ingested) -> None:
    """Draws what was submitted and what was not."""
    if result.jobs:
        console.print(table(result.jobs))
    for job in result.jobs:
        if job.published:  # never folded: it is copied
            console.print(f"{job.content_id}: {job.published}", markup=False, soft_wrap=True)
    for one in result.failed:
        console.print(Text.assemble(("not submitted ", "red"), f"[{one.code}] {one.message}"), soft_wrap=True)


def render_redriven(console: Console, result: Redriven) -> None:
    """Draws what became of the dead letters."""
    if result.jobs:
        console.print(table(result.jobs))
    console.print(
        f"{len(result.jobs)} jobs reopened, {result.returned} other messages returned to the jobs queue, "
        f"{result.dropped} dropped whose jobs are not dead any more."
    )


def render_details(console: Console, job: JobDetails) -> None:
    """Draws one job: what it is, where it stands, what happened, what came of it."""
    console.print(Text.assemble((job.content_id, "bold"), "  ", state(job.state), f"  {_remark(job)}"), soft_wrap=True)
    console.print(f"job        {job.job_id}", markup=False)
    console.print(f"file       {job.file_name}", markup=False, soft_wrap=True)
    console.print(f"submitted  {moment(job.submitted_at)}", markup=False)
    if job.published:
        console.print(f"published  {job.published}", markup=False, soft_wrap=True)
    if job.media_info:
        console.print(Text(f"video      {_video(job.media_info)}"), soft_wrap=True)
    _section(
        console, "renditions", ["name", "kind", "size", "codec", "kbit/s", "bytes"], map(_rendition, job.renditions)
    )
    _section(
        console,
        "tasks",
        ["kind", "state", "attempts", "progress", "started", "finished", "error"],
        map(_task, job.tasks),
    )
    _section(console, "events", ["time (UTC)", "what", "who"], map(_event, job.events))


def _section(console: Console, title: str, columns: list[str], rows: Iterator[tuple[object, ...]]) -> None:
    drawn = Table(*columns, box=None, pad_edge=False, header_style="dim", title=title, title_justify="left")
    drawn.title_style = "bold"
    for row in rows:
        drawn.add_row(*(Text("-" if value is None else str(value)) for value in row))
    if drawn.row_count:
        console.print()
        console.print(drawn)


def _video(info: dict[str, Any]) -> str:
    video = info.get("video") or {}
    facts = [info.get("container"), video.get("codec"), f"{video.get('width')}x{video.get('height')}"]
    facts += [f"{info.get('duration_seconds', 0):.1f} s", f"{len(info.get('audio') or [])} audio tracks"]
    return ", ".join(str(fact) for fact in facts if fact)


def _rendition(one: dict[str, Any]) -> tuple[object, ...]:
    size = f"{one['width']}x{one['height']}" if one["width"] else None
    return one["name"], one["kind"], size, one["codec"], one["bitrate_kbps"], one["bytes"]


def _task(one: dict[str, Any]) -> tuple[object, ...]:
    kind = one["kind"] if one["segment"] is None else f"{one['kind']} {one['segment']}"
    progress = None if one["progress"] is None else f"{one['progress']:.0%}"
    attempts = f"{one['attempts']}/{one['max_attempts']}"
    error = (one["error"] or {}).get("code")
    return kind, one["state"], attempts, progress, moment(one["started_at"]), moment(one["finished_at"]), error


def _event(one: dict[str, Any]) -> tuple[object, ...]:
    return moment(one["at"]), one["action"], one["actor"]


class Following:
    """Jobs as they go on: a live table on a terminal, elsewhere a line for each change of state.

    Args:
        console: On stderr.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._states: dict[str, str] = {}

    @contextmanager
    def shown(self) -> Iterator["Following"]:
        """Shows the table while the jobs are followed; it vanishes with them."""
        with Live(console=self._console, transient=True, auto_refresh=False, redirect_stdout=False) as live:
            self._live = live
            yield self

    def update(self, jobs: Sequence[Job]) -> None:
        """Draws the jobs as they are now."""
        if self._console.is_terminal:
            self._live.update(table(jobs), refresh=True)
            return
        for job in jobs:
            if self._states.get(job.job_id) != job.state:
                self._states[job.job_id] = job.state
                line = f"{job.job_id} {job.content_id}: {job.state} {_remark(job)}".rstrip()
                self._console.print(line, markup=False, soft_wrap=True)
