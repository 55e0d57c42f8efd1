"""`streamflix plan` against what a user would run otherwise, on one local cloud."""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from streamflix_cli import local
from streamflix_cli.deploy.interrupts import as_keyboard_interrupt
from streamflix_cli.deploy.terraform_config import cli_configuration
from streamflix_cli.deploy.toolchain import find_toolchain
from tests.bench.measure import BIN, ENVIRONMENT, ROOT, Result, compare, timed

SUFFIX = "pr900"
PLAN = [str(BIN / "streamflix"), "plan", "--env", SUFFIX, "--local", "--json"]


def planning() -> list[Result]:
    """Times `plan` of an environment that is not deployed: 0 of its resources exist."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        shutil.copytree(ROOT / "configs", project / "configs")
        try:
            with as_keyboard_interrupt():
                cloud = local.up(project)
                return _compared(project, _terraform_environment(project, local.credentials_environment(cloud)))
        finally:
            local.down(project)


def _compared(project: Path, environment: dict[str, str]) -> list[Result]:
    timed(PLAN, cwd=project)
    return [
        compare(
            "plan / cdktf diff with the plain provider import",
            lambda: timed(PLAN, cwd=project),
            _cdktf_diff(project, environment),
            target="<= 0.7",
            pairs=3,
        ),
        compare(
            "plan / terraform init + terraform plan",
            lambda: timed(PLAN, cwd=project),
            _terraform_plan(project, environment),
            target="<= 2.9",
            pairs=3,
        ),
    ]


def _terraform_environment(project: Path, credentials: dict[str, str]) -> dict[str, str]:
    tools = find_toolchain()
    return {
        **ENVIRONMENT,
        **credentials,
        "TF_CLI_CONFIG_FILE": str(cli_configuration(project / "terraform.rc")),
        "PATH": f"{tools.node.parent}{os.pathsep}{os.environ['PATH']}",
        "CI": "1",
        "CHECKPOINT_DISABLE": "1",
        "DISABLE_VERSION_CHECK": "1",
    }


def _cdktf_diff(project: Path, environment: dict[str, str]) -> Callable[[], float]:
    """`cdktf diff` on an ordinary app: it synthesizes by starting the app, which imports the whole provider."""
    work = project / "plain"
    work.mkdir()
    app = f"{sys.executable} -m tests.bench.programs app-plain {project} {SUFFIX}"
    (work / "cdktf.json").write_text(json.dumps({"language": "python", "app": app}))
    # The bindings' .pyc files are written here by the first run, which does not count.
    bytecode = {"PYTHONPYCACHEPREFIX": str(project / "pycache"), "PYTHONDONTWRITEBYTECODE": "", "PYTHONPATH": str(ROOT)}
    tools = find_toolchain()
    command = [str(tools.node), str(tools.cdktf), "diff", SUFFIX, "--skip-provider-lock", "--no-color"]
    return lambda: timed(command, environment | bytecode, cwd=work)


def _terraform_plan(project: Path, environment: dict[str, str]) -> Callable[[], float]:
    """Bare Terraform on the same JSON, from a folder without an installed provider."""
    stack = project / ".streamflix" / "local" / SUFFIX / "out" / "stacks" / "tap"
    work = project / "bare"

    def run() -> float:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        shutil.copy(stack / "cdk.tf.json", work)
        shutil.copytree(stack / "assets", work / "assets")
        init = timed(["terraform", "init", "-input=false"], environment, cwd=work)
        return init + timed(["terraform", "plan", "-input=false"], environment, cwd=work)

    return run
