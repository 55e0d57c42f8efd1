"""`streamflix unlock`."""

from streamflix_cli.commands import options
from streamflix_cli.ui.output import Output


def unlock(
    env: options.Env = None, local: options.Local = False, yes: options.Yes = False, json: options.Json = False
) -> None:
    """Show who holds an environment's locks and since when, and release those that a killed run has left.

    Example: streamflix unlock --env pr123 --yes
    """
    from streamflix_cli.commands.job import job_of
    from streamflix_cli.deploy.unlock import unlock as release
    from streamflix_cli.ui.host import TerminalHost
    from streamflix_cli.ui.locks import render_unlock

    output = Output(as_json=json)
    output.result(release(job_of(env, TerminalHost(output, yes=yes), local=local)), render_unlock)
