"""What Terraform itself says of the stack, without an account: validation, and a plan on a mocked provider."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from lib.cdk import App
from lib.tap_stack import TapStack
from streamflix_cli.deploy.terraform_config import cli_configuration
from streamflix_cli.profiles.selection import select

ROOT = Path(__file__).parents[2]
MOCKED_PLAN = """\
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_availability_zones" {
    defaults = { names = ["us-east-1a", "us-east-1b", "us-east-1c"] }
  }
}

run "plan" {
  command = plan

  assert {
    condition     = output.stream_name == "kinesis-stream-%(suffix)s"
    error_message = "The stream is not named after the environment."
  }

  assert {
    condition     = output.raw_bucket == "raw-bucket-%(suffix)s-123456789012"
    error_message = "The raw bucket is not named after environment and account."
  }
}
"""


@pytest.fixture(scope="module", params=["prod", "pr123"])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a synthesized stack, with the provider installed and no state backend."""
    out = tmp_path_factory.mktemp("terraform")
    chosen = select(request.param, root=ROOT)
    app = App(outdir=str(out))
    TapStack(app, "tap", profile=chosen.profile, environment_suffix=chosen.suffix)
    app.synth()
    folder = out / "stacks" / "tap"
    (folder / "plan.tftest.hcl").write_text(MOCKED_PLAN % {"suffix": chosen.suffix})
    terraform(folder, "init", "-backend=false", "-input=false")
    return folder


def terraform(folder: Path, *arguments: str) -> str:
    """Runs Terraform, which must succeed, without anything that could reach an account."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    configuration = cli_configuration(folder / "terraform.rc")
    done = subprocess.run(
        ["terraform", *arguments, "-no-color"],
        cwd=folder,
        env={**inherited, "TF_CLI_CONFIG_FILE": str(configuration), "CHECKPOINT_DISABLE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_terraform_finds_the_stack_valid(stack: Path) -> None:
    assert "The configuration is valid" in terraform(stack, "validate")


def test_terraform_plans_the_stack_on_a_mocked_provider(stack: Path) -> None:
    without_ephemeral_values(stack / "cdk.tf.json")
    assert "1 passed, 0 failed" in terraform(stack, "test")


def without_ephemeral_values(path: Path) -> None:
    """Terraform 1.11 does not mock ephemeral blocks yet: literals take their place, in this plan alone."""
    synthesized = json.loads(path.read_bytes())
    assert synthesized.pop("ephemeral")
    for version in synthesized["resource"]["aws_secretsmanager_secret_version"].values():
        version["secret_string_wo"] = "mocked"
    path.write_text(json.dumps(synthesized))
