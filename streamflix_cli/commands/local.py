"""`streamflix local`: the local cloud of this project."""

from typing import Annotated

import typer

from streamflix_cli.commands import options
from streamflix_cli.project import find_root
from streamflix_cli.ui.output import Output

app = typer.Typer(
    name="local",
    help="Start, stop and look at the local cloud: AWS's control plane on this machine.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
)

Port = Annotated[
    int,
    typer.Option(
        "--port", min=0, max=65535, help="Port of the endpoint on 127.0.0.1; 0 takes a free one.", show_default=True
    ),
]


@app.command("up")
def up(port: Port = 0, json: options.Json = False) -> None:
    """Start the local cloud, or show the one that runs. It goes on running until `streamflix local down`.

    Example: streamflix local up
    """
    from streamflix_cli import local
    from streamflix_cli.ui import local as ui

    output = Output(as_json=json)
    root = find_root()
    output.note("Starting the local cloud…")
    local.up(root, port=port)
    output.result(local.status(root), ui.status)


@app.command("down")
def down(json: options.Json = False) -> None:
    """Stop the local cloud. Its memory, and with it every environment deployed there, is gone.

    Example: streamflix local down
    """
    from streamflix_cli import local
    from streamflix_cli.ui import local as ui

    output = Output(as_json=json)
    output.result(ui.Stopped(stopped=local.down(find_root())), ui.stopped)


@app.command("status")
def status(json: options.Json = False) -> None:
    """Show the local cloud's endpoint, its parts, and the environments deployed to it.

    Example: streamflix local status
    """
    from streamflix_cli import local
    from streamflix_cli.ui import local as ui

    Output(as_json=json).result(local.status(find_root()), ui.status)
