"""What synthesis writes for cdktf-cli and Terraform."""

import json
from pathlib import Path

from lib.profile import Profile
from streamflix_cli.deploy.synth import synthesize
from streamflix_cli.deploy.workspace import Workspace


def test_only_the_stack_tells_where_it_comes_from(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, "local", "t")
    workspace.prepare()
    done = synthesize(workspace, Profile())
    stack = json.loads(done.path.read_bytes())
    resources = [one for of_type in stack["resource"].values() for one in of_type.values()]
    data = [one for of_type in stack["data"].values() for one in of_type.values()]
    assert len(resources) == done.resources > 150
    assert not [one for one in [*resources, *data] if "//" in one]
    # cdktf-cli takes the stack's name from here.
    assert stack["//"]["metadata"]["stackName"] == "tap"
