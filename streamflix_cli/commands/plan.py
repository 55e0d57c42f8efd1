"""`streamflix plan`."""

from pathlib import Path
from typing import Annotated

import typer

from streamflix_cli.commands import options
from streamflix_cli.ui.output import Output

EXIT_CHANGES = 2

DetailedExitCode = Annotated[
    bool, typer.Option("--detailed-exitcode", help="Exit 0 without changes, 2 with changes, 1 on every error.")
]
OutMarkdown = Annotated[
    Path | None, typer.Option("--out-markdown", help="Also write the plan as a pull request's comment.", dir_okay=False)
]


def plan(
    env: options.Env = None,
    local: options.Local = False,
    detailed_exitcode: DetailedExitCode = False,
    out_markdown: OutMarkdown = None,
    json: options.Json = False,
) -> int:
    """Show what a deploy would create, update, replace and delete.

    Example: streamflix plan --env pr123 --out-markdown comment.md
    """
    from streamflix_cli.deploy.preload import preload_stack

    preload_stack()
    from streamflix_cli.commands.job import job_of
    from streamflix_cli.deploy import lifecycle
    from streamflix_cli.deploy.workspace import unusable
    from streamflix_cli.ui.host import TerminalHost
    from streamflix_cli.ui.plan import markdown, render_plan

    output = Output(as_json=json)
    planned = lifecycle.plan(job_of(env, TerminalHost(output), local=local))
    if out_markdown is not None:
        try:
            out_markdown.write_text(markdown(planned), encoding="utf-8")
        except OSError as error:
            raise unusable(out_markdown, error) from error
    output.result(planned, render_plan)
    return EXIT_CHANGES if detailed_exitcode and not planned.empty else 0
