"""Options that several commands share, spelled the same everywhere."""

from typing import Annotated

import typer

Env = Annotated[
    str | None,
    typer.Option(
        "--env", "-e", envvar="STREAMFLIX_ENV", help="Environment, as dev, prod or pr123.", show_default=False
    ),
]
Local = Annotated[bool, typer.Option("--local", help="Use the local cloud on this machine instead of AWS.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON envelope on stdout and nothing else there.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
