"""How the local cloud is shown."""

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from streamflix_cli.local.models import CONTROL_PLANE, LocalStatus, PartStatus


class Stopped(BaseModel):
    """What `local down` did: whether anything was running."""

    stopped: bool


def stopped(console: Console, result: Stopped) -> None:
    """One line."""
    console.print("The local cloud is stopped." if result.stopped else "The local cloud was not running.")


def status(console: Console, result: LocalStatus) -> None:
    """The endpoint, a table of parts, a table of environments."""
    if result.endpoint is None:
        console.print("The local cloud is down. Start it with `streamflix local up`.")
    else:
        console.print(f"The local cloud is up: {result.endpoint}", soft_wrap=True)
    if result.parts:
        table = Table("part", "state", "pid", "up for", "restarts", box=None, pad_edge=False)
        for part in result.parts:
            table.add_row(*_row(part))
        console.print(table)
        for part in result.parts:
            console.print(f"log of {part.name}: {part.log}", markup=False, soft_wrap=True)
    for part in result.parts:
        if part.last_exit:
            loss = "; what was deployed before is gone" if part.name == CONTROL_PLANE else ""
            console.print(f"{part.name} ended with {part.last_exit} and was started again{loss}.", soft_wrap=True)
    if result.environments:
        table = Table("environment", "state", box=None, pad_edge=False)
        for environment in result.environments:
            table.add_row(environment.name, environment.state)
        console.print(table)


def _row(part: PartStatus) -> tuple[str, ...]:
    up_for = "-" if part.uptime_seconds is None else _duration(part.uptime_seconds)
    return part.name, part.state, str(part.pid or "-"), up_for, str(part.restarts)


def _duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h {minutes}m"
    return f"{minutes}m {rest}s" if minutes else f"{rest}s"
