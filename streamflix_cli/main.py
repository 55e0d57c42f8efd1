"""The `streamflix` program: wires the commands and maps every error to an exit code."""

import errno
import gc
import os
import sys
import traceback

import typer

# Typer carries its own copy of click and exports only part of its exceptions.
from typer._click.exceptions import ClickException, UsageError

from streamflix_cli.errors import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE, StreamflixError
from streamflix_cli.lazy import lazy_group
from streamflix_cli.ui.output import show_error

COMMANDS = {
    "validate-config": "streamflix_cli.commands.validate_config:validate_config",
    "config": "streamflix_cli.commands.config:app",
    "synth": "streamflix_cli.commands.synth:synth",
    "plan": "streamflix_cli.commands.plan:plan",
    "deploy": "streamflix_cli.commands.deploy:deploy",
    "destroy": "streamflix_cli.commands.destroy:destroy",
    "unlock": "streamflix_cli.commands.unlock:unlock",
    "ingest": "streamflix_cli.commands.ingest:ingest",
    "jobs": "streamflix_cli.commands.jobs:app",
    "status": "streamflix_cli.commands.status:status",
    "logs": "streamflix_cli.commands.logs:logs",
    "open": "streamflix_cli.commands.open:open_job",
    "compliance": "streamflix_cli.commands.compliance:app",
    "local": "streamflix_cli.commands.local:app",
}
"""Every command and where it stands: a function, or a `typer.Typer` with commands of its own."""

OWN_PACKAGES = ("streamflix_cli", "lib")
UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EPIPE})
"""How a write to stdout fails: its disk is full or broken, or nobody reads it any more."""
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
        if code == EXIT_INTERRUPTED:  # what Typer makes of a KeyboardInterrupt, without a word
            raise KeyboardInterrupt  # noqa: TRY301
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as raised:  # noqa: BLE001 - whatever it is, it is told
        error = _as_error(raised)
        show_error(error, as_json=as_json and error.code != "OUTPUT_FAILED")
        # With that option, 2 means changes.
        detailed = "--detailed-exitcode" in sys.argv and error.exit_code != EXIT_INTERRUPTED
        code = EXIT_FAILED if detailed else error.exit_code
    gc.freeze()  # spares the interpreter a last walk over everything that was imported: 25 ms of 170
    sys.exit(code if isinstance(code, int) else 0)


def _as_error(raised: BaseException) -> StreamflixError:
    if isinstance(raised, StreamflixError):
        return raised
    if isinstance(raised, ClickException):
        command = raised.ctx.command_path if isinstance(raised, UsageError) and raised.ctx else "streamflix"
        return StreamflixError("USAGE", raised.format_message(), hint=f"See `{command} --help`.", exit_code=EXIT_USAGE)
    if isinstance(raised, KeyboardInterrupt | typer.Abort):
        return StreamflixError(
            "INTERRUPTED", "Interrupted.", hint="Run the same command again.", exit_code=EXIT_INTERRUPTED
        )
    # The default install is light; the other commands import what they need when they are used.
    if isinstance(raised, ModuleNotFoundError) and raised.name and not raised.name.startswith(OWN_PACKAGES):
        return StreamflixError(
            "MISSING_EXTRA",
            f"This command needs the Python package `{raised.name}`, which is not installed.",
            hint="Install it: pip install 'streamflix[deploy,local]'.",
        )
    if isinstance(raised, OSError) and raised.filename is None and raised.errno in UNWRITABLE:
        _write_no_more()
        return StreamflixError(
            "OUTPUT_FAILED",
            f"The result could not be written: {raised.strerror}.",
            hint="What the command did stays done. Free some space, or send its output elsewhere.",
        )
    traceback.print_exception(raised)
    return StreamflixError(
        "INTERNAL",
        f"{type(raised).__name__}: {raised}",
        hint="This is a fault of streamflix. Please report it, with the lines above and the command.",
    )


def _write_no_more() -> None:
    """Drops what stdout still holds, so that the interpreter does not fail on it at its end."""
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a device
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
