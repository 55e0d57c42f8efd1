"""`streamflix destroy`."""

from typing import Annotated

import typer

from streamflix_cli.commands import options
from streamflix_cli.ui.output import Output

Confirm = Annotated[
    str | None, typer.Option("--confirm", metavar="NAME", help="The environment's name, if it is not ephemeral.")
]
Sweep = Annotated[bool, typer.Option("--sweep", help="Also delete what is left beyond Terraform's state.")]


def destroy(
    *,
    env: options.Env = None,
    local: options.Local = False,
    yes: options.Yes = False,
    confirm: Confirm = None,
    sweep: Sweep = False,
    json: options.Json = False,
) -> None:
    """Destroy an environment with all its data, and prove that nothing is left.

    Example: streamflix destroy --env pr123 --yes
    """
    from streamflix_cli.deploy.preload import preload_stack

    preload_stack()
    from streamflix_cli.commands.job import job_of
    from streamflix_cli.deploy import lifecycle
    from streamflix_cli.ui.deploy import render_destroy
    from streamflix_cli.ui.host import TerminalHost

    output = Output(as_json=json)
    host = TerminalHost(output, yes=yes, confirm=confirm)
    output.result(lifecycle.destroy(job_of(env, host, local=local), sweep=sweep), render_destroy)
