"""`streamflix compliance`: evidence for regulators."""

import typer

from streamflix_cli.commands import options
from streamflix_cli.errors import StreamflixError
from streamflix_cli.ui.output import Output

app = typer.Typer(
    name="compliance",
    help="Check the evidence that a pipeline keeps.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
)


@app.callback()
def compliance() -> None:
    """Keeps this a group while it has one command."""


@app.command("verify-audit")
def verify_audit(env: options.Env = None, local: options.Local = False, json: options.Json = False) -> None:
    """Check the audit trail: every event against its seal, and every job's state against its last event.

    Exit code 1 if anything was changed, removed or reordered. Needs permission to read the audit key.

    Example: streamflix compliance verify-audit --env prod
    """
    from streamflix_cli.commands.pipeline import running
    from streamflix_cli.pipeline.trail import verify_trail
    from streamflix_cli.ui.compliance import render_verified

    output = Output(as_json=json)
    with running(env, local=local) as pipeline:
        result = verify_trail(pipeline)
    if result.holds or not json:
        output.result(result, render_verified)
    if not result.holds:
        raise StreamflixError(
            "AUDIT_BROKEN",
            f"The audit trail is not what was written: {len(result.broken)} breaks in the chain, "
            f"{len(result.hidden)} events outside of it, {len(result.mismatches)} jobs in another state than it tells.",
            hint="Keep the database as it is and call whoever answers for evidence.",
            data=result,
        )
