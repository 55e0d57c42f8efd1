"""From the options of a command to the running pipeline that it works on."""

from collections.abc import Iterator
from contextlib import contextmanager

from streamflix_cli.deploy.workspace import deployed_environments
from streamflix_cli.pipeline.environment import Pipeline, open_pipeline
from streamflix_cli.pipeline.failures import explained
from streamflix_cli.profiles.selection import select
from streamflix_cli.project import find_root


@contextmanager
def running(env: str | None, *, local: bool) -> Iterator[Pipeline]:
    """Opens the environment's pipeline; what AWS refuses meanwhile is explained.

    Raises:
        StreamflixError: `PROJECT_NOT_FOUND`, what `select` and `open_pipeline` raise, `ACCESS_DENIED`, `AWS_FAILED`.
    """
    root = find_root()
    selection = select(env, root=root, deployed=deployed_environments(root))
    pipeline = open_pipeline(root, selection, use_local=local)
    with explained(pipeline):
        yield pipeline
