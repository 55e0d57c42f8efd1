"""How one job is shown: in detail, and as the outcome of an ingest."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.filesize import decimal
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from streamflix_cli.pipeline.models import JobDetails
from streamflix_cli.ui.jobs import moment, remark, state

WITH_CODEC_WIDTH = 60
"""Columns of a terminal on which the table of renditions has room for codecs."""
_TOLD = ("job.", "title.", "webhook.", "task.retry_wait", "task.failed")
"""Events that are shown; what else happens to tasks is in their table."""

_WHOLE = {"kind", "state", "try", "done", "time", "what"}
"""Columns that are not folded on a narrow terminal."""


def render_details(console: Console, job: JobDetails) -> None:
    """Draws one job: what it is, where it stands, what came of it, what happened."""
    console.print(Text.assemble((job.content_id, "bold"), "  ", state(job.state, job.progress)), soft_wrap=True)
    if remark(job):
        console.print(Text(remark(job)), soft_wrap=True)
    _fact(console, "job", job.job_id)
    _fact(console, "file", job.file_name)
    _fact(console, "submitted", f"{moment(job.submitted_at)} UTC")
    if job.published:
        _fact(console, "published", job.published)
    if job.phases:
        _fact(console, "took", _phases(job))
    if job.media_info:
        _fact(console, "video", _video(job.media_info))
    if job.renditions:
        console.print("\nrenditions", style="bold")
        console.print(_renditions(job.renditions, with_codec=console.width >= WITH_CODEC_WIDTH))
    _section(
        console,
        "tasks",
        ["kind", "state", "try", "done", "began", "took", "error"],
        (_task(one, job.submitted_at) for one in job.tasks),
    )
    _section(
        console,
        "events (UTC)",
        ["time", "what", "who"],
        (_event(one, job.submitted_at) for one in job.events if one["action"].startswith(_TOLD)),
    )


def render_outcome(console: Console, job: JobDetails, *, flags: str) -> None:
    """Draws what came of a published job, and the command that plays it.

    Args:
        console: Where to.
        job: The job.
        flags: The options that name its environment.
    """
    console.print(
        Text.assemble("\n", (job.content_id, "bold"), "  ", state(job.state), f"  {_phases(job)}"), soft_wrap=True
    )
    console.print(f"  {job.published}", markup=False, soft_wrap=True)
    console.print(Padding(_renditions(job.renditions, with_codec=False), (0, 0, 0, 2)))
    console.print(Text.assemble("  ", ("play it: ", "dim"), f"streamflix open {job.job_id} {flags}"), soft_wrap=True)


def span(seconds: float) -> str:
    """A span of time, as `0.4 s`, `42 s`, `3 min 5 s` or `2 h 10 min`."""
    if round(seconds, 1) < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes == 0:
        return f"{rest} s"
    hours, left = divmod(minutes, 60)
    return f"{hours} h {left} min" if hours else f"{minutes} min {rest} s"


def _fact(console: Console, name: str, value: str) -> None:
    """One line, never folded: it is copied."""
    console.print(Text.assemble((f"{name:<11}", "dim"), value), soft_wrap=True)


def _phases(job: JobDetails) -> str:
    named = {"waiting" if name == "received" else name: seconds for name, seconds in job.phases.items()}
    each = ", ".join(f"{name} {span(seconds)}" for name, seconds in named.items())
    return f"{span(sum(job.phases.values()))} ({each})"


def _renditions(renditions: Sequence[dict[str, Any]], *, with_codec: bool) -> Table:
    drawn = _table()
    drawn.add_column("name")
    drawn.add_column("size", justify="right", no_wrap=True)
    drawn.add_column("bitrate", justify="right", no_wrap=True)
    drawn.add_column("bytes", justify="right", no_wrap=True)
    if with_codec:
        drawn.add_column("codec")
    for one in renditions:
        size = f"{one['width']}x{one['height']}" if one["width"] else "-"
        rate = "-" if one["bitrate_kbps"] is None else f"{one['bitrate_kbps']} kbit/s"
        cells = [one["name"], size, rate, decimal(one["bytes"])]
        drawn.add_row(*map(Text, [*cells, one["codec"] or "-"] if with_codec else cells))
    return drawn


def _section(console: Console, title: str, columns: list[str], rows: Iterable[tuple[object, ...]]) -> None:
    drawn = _table()
    for column in columns:
        drawn.add_column(column, no_wrap=column in _WHOLE)
    for row in rows:
        drawn.add_row(*(Text("-" if value is None else str(value)) for value in row))
    if drawn.row_count:
        console.print(f"\n{title}", style="bold")
        console.print(drawn)


def _table() -> Table:
    return Table(box=None, pad_edge=False, header_style="dim")


def _video(info: dict[str, Any]) -> str:
    video, audio = info.get("video") or {}, len(info.get("audio") or [])
    facts = [info.get("container"), video.get("codec"), f"{video.get('width')}x{video.get('height')}"]
    facts += [f"{info.get('duration_seconds', 0):.1f} s", f"{audio} audio track{'s' * (audio != 1)}"]
    return ", ".join(str(fact) for fact in facts if fact)


def _task(one: dict[str, Any], submitted: str) -> tuple[object, ...]:
    kind = one["kind"] if one["segment"] is None else f"{one['kind']} {one['segment']}"
    progress = None if one["progress"] is None else f"{one['progress']:.0%}"
    began = one["started_at"] and f"+{span(_seconds(submitted, one['started_at']))}"
    took = one["finished_at"] and one["started_at"] and span(_seconds(one["started_at"], one["finished_at"]))
    return (
        kind,
        one["state"],
        f"{one['attempts']}/{one['max_attempts']}",
        progress,
        began,
        took,
        (one["error"] or {}).get("code"),
    )


def _event(one: dict[str, Any], submitted: str) -> tuple[object, ...]:
    """With the date only where it is another than that of the submission, which stands above."""
    at = moment(one["at"])
    return at.removeprefix(f"{submitted[:10]} "), one["action"], one["actor"]


def _seconds(begin: str, end: str) -> float:
    return max(0.0, (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds())
