"""The `streamflix` program: wires the commands and maps every error to an exit code."""

import gc
import os
import sys

import typer

# Typer carries its own copy of click and exports only part of its exceptions.
from typer._click.exceptions import ClickException, UsageError

from streamflix_cli.errors import EXIT_INTERRUPTED, EXIT_USAGE, StreamflixError
from streamflix_cli.lazy import lazy_group
from streamflix_cli.ui.output import show_error

COMMANDS = {
    "validate-config": "streamflix_cli.commands.validate_config:validate_config",
    "config": "streamflix_cli.commands.config:app",
    "synth": "streamflix_cli.commands.synth:synth",
    "plan": "streamflix_cli.commands.plan:plan",
    "deploy": "streamflix_cli.commands.deploy:deploy",
    "destroy": "streamflix_cli.commands.destroy:destroy",
    "local": "streamflix_cli.commands.local:app",
}
"""Every command and where it stands: a function, or a `typer.Typer` with commands of its own."""

GC_THRESHOLD = 50_000
"""Importing makes many objects that live for ever; collecting every 700 (the default) finds nothing."""

app = typer.Typer(
    name="streamflix",
    cls=lazy_group(COMMANDS),
    help="Stand up, operate and tear down complete video-processing pipelines on AWS, one per environment.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def streamflix() -> None:
    """A group of commands has no work of its own."""


def run() -> None:
    """Runs the program on `sys.argv` and exits."""
    as_json = "--json" in sys.argv
    gc.set_threshold(GC_THRESHOLD)
    # No plugin is used; looking for them reads the metadata of every installed distribution.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        code = app(standalone_mode=False)
    except StreamflixError as error:
        show_error(error, as_json=as_json)
        code = error.exit_code
    except ClickException as error:
        command = error.ctx.command_path if isinstance(error, UsageError) and error.ctx else "streamflix"
        show_error(
            StreamflixError("USAGE", error.format_message(), hint=f"See `{command} --help`."),
            as_json=as_json,
        )
        code = EXIT_USAGE
    except (KeyboardInterrupt, typer.Abort):
        show_error(
            StreamflixError("INTERRUPTED", "Interrupted.", hint="Nothing is left half-done; run it again."),
            as_json=as_json,
        )
        code = EXIT_INTERRUPTED
    gc.freeze()  # spares the interpreter a last walk over everything that was imported: 25 ms of 170
    sys.exit(code if isinstance(code, int) else 0)
