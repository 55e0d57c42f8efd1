"""A pipeline's status on one screen of 80 by 24."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from streamflix_cli.pipeline.status import Status
from streamflix_cli.ui.jobs import moment, state

_SHOWN_ALARMS = 6
_LATE_SECONDS = 60
_ATTENTION = "bold red"


def render_status(console: Console, result: Status) -> None:
    """Draws the status."""
    console.print(screen(result))


def print_json(result: Status) -> None:
    """Prints a status as one JSON object."""
    typer.echo(result.model_dump_json())


@contextmanager
def watched(console: Console, *, as_json: bool) -> Iterator[Callable[[Status], None]]:
    """Shows one status after the other: on a screen that is drawn anew, or as a JSON object a line."""
    if as_json:
        yield print_json
        return
    with Live(console=console, auto_refresh=False) as live:
        yield lambda result: live.update(screen(result), refresh=True)


def screen(result: Status) -> RenderableType:
    """The whole status; what needs attention is red."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column()
    grid.add_row("stream", _stream(result))
    for queue in result.queues:
        dead = queue.name != "jobs" and queue.visible > 0
        depth = f"{queue.visible} waiting, {queue.in_flight} in flight, {queue.delayed} delayed"
        grid.add_row(queue.name.replace("_", " "), Text(depth, style=_ATTENTION if dead else ""))
    tasks = result.tasks
    short = tasks.running < tasks.desired
    counts = f"{tasks.running} running, {tasks.desired} desired, {tasks.pending} pending"
    grid.add_row("tasks", Text(counts, style="yellow" if short else ""))
    grid.add_row("database", _database(result))
    grid.add_row("jobs", _jobs(result))
    grid.add_row("alarms", _alarms(result))
    return Group(Text.assemble((result.environment, "bold"), f"  {moment(result.time)} UTC"), grid)


def _stream(result: Status) -> Text:
    stream = result.stream
    lag = "lag unknown" if stream.lag_seconds is None else f"lag {stream.lag_seconds:.0f} s"
    late = stream.lag_seconds is not None and stream.lag_seconds > _LATE_SECONDS
    return Text.assemble(
        (stream.state.lower(), "" if stream.state == "ACTIVE" else "yellow"),
        f", {stream.shards} shard{'s' * (stream.shards != 1)}, ",
        (lag, _ATTENTION if late else ""),
        ", pipe ",
        (stream.pipe.lower(), "" if stream.pipe == "RUNNING" else _ATTENTION),
    )


def _database(result: Status) -> Text:
    database = result.database
    now = "" if database.capacity is None or database.state == "paused" else f", {database.capacity:g} ACU"
    full = database.capacity is not None and database.capacity == database.max_acu
    bounds = "" if database.max_acu is None else f" of {database.min_acu:g} to {database.max_acu:g} ACU"
    healthy = database.state in ("available", "paused")
    return Text.assemble(
        (database.state, "" if healthy else _ATTENTION), (now, _ATTENTION if full else ""), bounds if now else ""
    )


def _jobs(result: Status) -> Text:
    counted = Text()
    for name, count in sorted((result.jobs or {}).items()):
        counted.append_text(Text.assemble(f"{count} ", state(name), "  "))
    if result.jobs == {}:
        counted.append("none")
    if result.note:
        counted.append(f"({result.note.splitlines()[0]})", style="dim")
    return counted


def _alarms(result: Status) -> Text:
    if not result.alarms:
        return Text("none rings", style="green")
    lines = [f"{one.name} since {moment(one.since)}" for one in result.alarms[:_SHOWN_ALARMS]]
    if len(result.alarms) > _SHOWN_ALARMS:
        lines.append(f"and {len(result.alarms) - _SHOWN_ALARMS} more")
    return Text("\n".join(lines), style=_ATTENTION)
