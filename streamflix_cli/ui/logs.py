"""How log lines are shown: one line each."""

import json

import typer
from rich.console import Console
from rich.text import Text

from streamflix_cli.pipeline.logs import Line

SHORT_ID = 8
"""Characters of a task's id that are shown: enough to tell the tasks of a job apart. JSON has it whole."""
_STYLES = {"WARNING": "yellow", "ERROR": "bold red"}


def render_line(console: Console, line: Line) -> None:
    """Draws a line: time, level, message, and what else it carries."""
    style = _STYLES.get(line.level or "", "")
    time = line.time.replace("T", " ").removesuffix("+00:00").removesuffix("Z")
    fields = "".join(f" {name}={_plain(name, value)}" for name, value in line.fields.items() if value is not None)
    console.print(
        Text.assemble(
            (time, "dim"), " ", (f"{line.level or '-':<7}", style), " ", (line.message, style), (fields, "dim")
        ),
        soft_wrap=True,
    )


def print_json(line: Line) -> None:
    """Prints a line as one JSON object."""
    typer.echo(json.dumps(line.model_dump(mode="json"), ensure_ascii=False))


def _plain(name: str, value: object) -> str:
    if name == "task_id":
        return str(value)[:SHORT_ID]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
