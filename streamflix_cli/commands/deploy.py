"""`streamflix deploy`."""

from streamflix_cli.commands import options
from streamflix_cli.ui.output import Output


def deploy(
    env: options.Env = None, local: options.Local = False, yes: options.Yes = False, json: options.Json = False
) -> None:
    """Plan an environment, ask, and deploy it. Interrupted or failed, the same command goes on.

    Example: streamflix deploy --env pr123 --local --yes
    """
    from streamflix_cli.deploy.preload import preload_stack

    preload_stack()
    from functools import partial

    from streamflix_cli.commands.job import job_of
    from streamflix_cli.deploy import lifecycle
    from streamflix_cli.ui.deploy import render_deploy
    from streamflix_cli.ui.host import TerminalHost

    output = Output(as_json=json)
    job = job_of(env, TerminalHost(output, yes=yes), local=local)
    output.result(lifecycle.deploy(job), partial(render_deploy, flags=job.flags))
