"""What a run says when cdktf fails or is interrupted. A script stands for cdktf."""

import json
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from lib.profile import Profile
from streamflix_cli.deploy.cloud import Cloud
from streamflix_cli.deploy.run import Run
from streamflix_cli.deploy.toolchain import Toolchain
from streamflix_cli.deploy.workspace import Workspace
from streamflix_cli.errors import StreamflixError

STATE = {"version": 4, "resources": [{"mode": "managed", "type": "aws_sns_topic", "name": "a", "instances": [{}]}]}


@pytest.fixture
def run(tmp_path: Path) -> Callable[[str], Run]:
    """Makes a run whose cdktf is a shell script."""

    def make(script: str) -> Run:
        workspace = Workspace(tmp_path, "local", "pr1")
        workspace.prepare()
        workspace.stack.mkdir(parents=True)
        backend = {"local": {"path": str(workspace.state)}}
        (workspace.stack / "cdk.tf.json").write_text(json.dumps({"terraform": {"backend": backend}}))
        cdktf = tmp_path / "cdktf"
        cdktf.write_text(script)
        shell = Path(str(shutil.which("sh")))
        tools = Toolchain(terraform=tmp_path / "terraform", node=shell, cdktf=cdktf)
        return Run(workspace, Profile(), Cloud("local", "us-east-1", "1"), tools, print, 0)

    return make


def failure(run: Run) -> StreamflixError:
    with pytest.raises(StreamflixError) as raised:
        run.apply(print)
    return raised.value


def test_a_failure_without_an_error_of_terraform_shows_the_last_lines_and_the_log(run: Callable[[str], Run]) -> None:
    error = failure(run("echo node is broken; exit 1"))
    assert error.code == "DEPLOY_FAILED"
    assert "node is broken" in error.message
    assert "-deploy.log" in error.message


@pytest.mark.parametrize("begun", ["", "echo 'tap  aws_sns_topic.a: Creating...'"])
@pytest.mark.parametrize("code", [0, 137])
def test_what_ended_before_terraform_was_done_has_failed(run: Callable[[str], Run], begun: str, code: int) -> None:
    """cdktf ends with 0 when a signal has ended its Terraform."""
    error = failure(run(f"{begun}\nexit {code}"))
    assert error.code == "DEPLOY_FAILED"
    assert ("before Terraform was done" in error.message) == bool(begun or code == 0)


def test_on_a_full_disk_the_disk_is_what_failed(run: Callable[[str], Run], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=4096))
    error = failure(run("exit 1"))
    assert error.code == "WORKSPACE_UNUSABLE"
    assert "No space left on device" in error.message


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (json.dumps(STATE), "knows 1 resources of `pr1`"),
        (json.dumps(STATE)[:40], "is not a whole Terraform state"),
    ],
    ids=["whole", "half-written"],
)
def test_after_an_interrupt_the_state_is_looked_at_before_anything_is_said_of_it(
    run: Callable[[str], Run], state: str, expected: str
) -> None:
    interrupted = run(f"kill -{signal.SIGTERM.value} $PPID; sleep 0.2; exit 1")
    interrupted.workspace.state.write_text(state)
    error = failure(interrupted)
    assert (error.code, error.exit_code) == ("INTERRUPTED", 130)
    assert expected in error.message
