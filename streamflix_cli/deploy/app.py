"""The CDKTF app of `cdktf.json`: `STREAMFLIX_ENV=dev cdktf synth` makes the same stack as `streamflix synth`."""

import os
import sys

from lib.cdk import App
from streamflix_cli.deploy.run import where
from streamflix_cli.deploy.synth import declare
from streamflix_cli.deploy.workspace import Workspace
from streamflix_cli.errors import StreamflixError
from streamflix_cli.profiles.selection import select
from streamflix_cli.project import find_root
from streamflix_cli.ui.output import show_error


def main() -> None:
    """Synthesizes the environment that `STREAMFLIX_ENV` names to where cdktf wants it."""
    root = find_root()
    selection = select(os.environ.get("STREAMFLIX_ENV"), root=root)
    profile = where(selection.profile, local=False)
    app = App()
    declare(app, Workspace(root, profile.aws.endpoint, selection.suffix), profile)
    app.synth()


if __name__ == "__main__":
    try:
        main()
    except StreamflixError as error:
        show_error(error, as_json=False)
        sys.exit(error.exit_code)
