"""From the options of a deploy command to the job that it is."""

from streamflix_cli.deploy.lifecycle import Job
from streamflix_cli.deploy.workspace import deployed_environments
from streamflix_cli.profiles.selection import select
from streamflix_cli.project import find_root
from streamflix_cli.ui.host import TerminalHost


def job_of(env: str | None, host: TerminalHost, *, local: bool) -> Job:
    """Selects the environment's profile and passes on its warnings.

    Raises:
        StreamflixError: `PROJECT_NOT_FOUND`, and what `select` raises.
    """
    root = find_root()
    selection = select(env, root=root, deployed=deployed_environments(root))
    for warning in selection.warnings:
        host.warn(f"{warning.file}:{warning.line}:{warning.column}: {warning.rule}: {warning.message}")
    return Job(root=root, selection=selection, local=local, host=host)
