"""`streamflix synth`."""

from streamflix_cli.commands import options
from streamflix_cli.ui.output import Output


def synth(env: options.Env = None, local: options.Local = False, json: options.Json = False) -> None:
    """Write an environment's stack as Terraform JSON, without deploying anything.

    Example: streamflix synth --env pr123
    """
    from streamflix_cli.deploy.preload import preload_stack

    preload_stack()
    from streamflix_cli.commands.job import job_of
    from streamflix_cli.deploy import lifecycle
    from streamflix_cli.ui.deploy import render_synth
    from streamflix_cli.ui.host import TerminalHost

    output = Output(as_json=json)
    output.result(lifecycle.synth(job_of(env, TerminalHost(output), local=local)), render_synth)
