"""Where a deployed environment is looked for."""

import json
import subprocess
import sys
from pathlib import Path

from lib import cdk
from lib.profile import Profile
from lib.tap_stack import TapStack
from streamflix_cli.deploy.workspace import Workspace
from streamflix_cli.pipeline.environment import backend


def test_a_state_in_s3_is_looked_for_where_the_stack_keeps_it(tmp_path: Path) -> None:
    profile = Profile.model_validate({"state": {"backend": "s3", "bucket": "states", "region": "eu-west-1"}})
    stack = TapStack(
        cdk.Testing.app(),
        "tap",
        profile=profile,
        environment_suffix="t1",
        state_bucket="states",
        state_bucket_region="eu-west-1",
    )
    written = json.loads(cdk.Testing.synth(stack))["terraform"]["backend"]["s3"]
    kind, settings = backend(profile, Workspace(tmp_path, "aws", "t1"))
    assert kind == "s3"
    assert settings == {name: written[name] for name in ("bucket", "key", "region")}


def test_the_local_cloud_has_its_state_beside_it_whatever_the_profile_says(tmp_path: Path) -> None:
    profile = Profile.model_validate({"state": {"backend": "s3", "bucket": "states"}})
    workspace = Workspace(tmp_path, "local", "t1")
    assert backend(profile, workspace) == ("local", {"path": str(workspace.state)})


def test_no_command_of_a_running_pipeline_loads_cdktf() -> None:
    program = """
import importlib, pkgutil, sys
import streamflix_cli.commands.pipeline
from streamflix_cli import pipeline
for one in pkgutil.walk_packages(pipeline.__path__, pipeline.__name__ + "."):
    importlib.import_module(one.name)
print("cdktf" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
