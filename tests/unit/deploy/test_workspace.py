"""The folder of an environment: its lock, its state, its logs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from streamflix_cli.deploy.cloud import Cloud
from streamflix_cli.deploy.instance import forget_lost
from streamflix_cli.deploy.lock import environment_lock
from streamflix_cli.deploy.state import check_files, parse_state, read_local
from streamflix_cli.deploy.workspace import KEPT_LOGS, Workspace, deployed_environments
from streamflix_cli.errors import StreamflixError

DEPLOYED = {
    "version": 4,
    "outputs": {"url": {"value": "u"}, "key": {"value": "s", "sensitive": True}},
    "resources": [
        {"mode": "data", "type": "aws_caller_identity", "name": "me", "instances": [{}]},
        {"mode": "managed", "type": "aws_sqs_queue", "name": "jobs", "instances": [{}]},
        {"mode": "managed", "type": "aws_subnet", "name": "a", "instances": [{"index_key": 0}, {"index_key": "x"}]},
    ],
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path, "local", "pr1")
    made.prepare()
    return made


def test_the_state_names_its_resources_and_never_a_sensitive_output() -> None:
    state = parse_state(json.dumps(DEPLOYED))
    assert state.addresses == ["aws_sqs_queue.jobs", "aws_subnet.a[0]", 'aws_subnet.a["x"]']
    assert state.outputs == {"url": "u"}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 3}', '{"version": 4, "resources": [{}]}'])
def test_a_state_that_is_not_whole_is_refused_and_not_touched(workspace: Workspace, content: str) -> None:
    workspace.state.write_text(content)
    backup = workspace.state.with_name("terraform.tfstate.backup")
    backup.write_text(json.dumps(DEPLOYED))
    with pytest.raises(StreamflixError) as refused:
        check_files(workspace)
    assert refused.value.code == "STATE_CORRUPT"
    assert str(backup) in refused.value.message
    assert workspace.state.read_text() == content


def test_a_state_that_terraform_could_not_store_is_not_overlooked(workspace: Workspace) -> None:
    workspace.stack.mkdir(parents=True)
    (workspace.stack / "errored.tfstate").write_text(json.dumps(DEPLOYED))
    with pytest.raises(StreamflixError) as refused:
        check_files(workspace)
    assert refused.value.code == "STATE_UNSAVED"
    assert f"left it in {workspace.unsaved_state}" in refused.value.message
    assert f"`terraform -chdir={workspace.stack} state push errored.tfstate`" in refused.value.hint


@pytest.mark.parametrize("content", ["", json.dumps(DEPLOYED)[:100]])
def test_an_unsaved_state_that_is_not_whole_is_not_to_be_stored_as_it_is(workspace: Workspace, content: str) -> None:
    workspace.stack.mkdir(parents=True)
    workspace.unsaved_state.write_text(content)
    with pytest.raises(StreamflixError, match="nor leave it whole") as refused:
        check_files(workspace)
    assert refused.value.code == "STATE_UNSAVED"
    assert "--sweep" in refused.value.hint


def test_no_state_is_an_empty_one(workspace: Workspace) -> None:
    check_files(workspace)
    assert read_local(workspace).addresses == []


def test_a_lock_names_its_holder_until_it_is_released(workspace: Workspace) -> None:
    with environment_lock(workspace):
        with pytest.raises(StreamflixError) as locked, environment_lock(workspace):
            pass
        assert locked.value.code == "ENVIRONMENT_LOCKED"
        assert f"process {os.getpid()}, since 20" in locked.value.message
        assert f"kill -INT {os.getpid()}" in locked.value.hint
    with environment_lock(workspace):
        pass


def test_other_environments_are_not_locked(tmp_path: Path, workspace: Workspace) -> None:
    other = Workspace(tmp_path, "local", "pr2")
    other.prepare()
    with environment_lock(workspace), environment_lock(other):
        pass


def test_a_lock_outlives_its_program_as_long_as_a_child_works(workspace: Workspace) -> None:
    program = f"""
import os, subprocess, sys
from pathlib import Path
from streamflix_cli.deploy.lock import environment_lock
from streamflix_cli.deploy.workspace import Workspace
with environment_lock(Workspace(Path({str(workspace.root)!r}), "local", "pr1")) as descriptor:
    quiet = {{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}}
    child = subprocess.Popen(["sleep", "60"], pass_fds=[descriptor], **quiet)
    print(child.pid, flush=True)
    os._exit(0)
"""
    child = int(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout)
    try:
        with pytest.raises(StreamflixError) as locked, environment_lock(workspace):
            pass
        assert "still finishing" in locked.value.hint
    finally:
        os.kill(child, 9)


def test_the_newest_logs_are_kept(workspace: Workspace) -> None:
    for _ in range(KEPT_LOGS + 5):
        workspace.new_log("deploy").touch()
    logs = sorted(workspace.logs.iterdir())
    assert len(logs) == KEPT_LOGS
    assert workspace.new_log("diff").name > logs[-1].name


def test_an_environment_is_deployed_while_its_state_holds_resources(tmp_path: Path) -> None:
    for suffix, content in (("a", json.dumps(DEPLOYED)), ("b", '{"version": 4, "resources": []}'), ("c", "{")):
        made = Workspace(tmp_path, "aws", suffix)
        made.prepare()
        made.state.write_text(content)
    assert deployed_environments(tmp_path) == ["a", "c"]


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / ".streamflix").write_text("a file")
    with pytest.raises(StreamflixError) as refused:
        Workspace(tmp_path, "aws", "dev").prepare()
    assert refused.value.code == "WORKSPACE_UNUSABLE"


def test_what_a_restarted_local_cloud_forgot_is_reported_as_gone_and_its_state_kept(workspace: Workspace) -> None:
    def cloud(instance: str) -> Cloud:
        return Cloud("local", "us-east-1", "123456789012", instance)

    assert forget_lost(workspace, cloud("one")) is None
    workspace.state.write_text(json.dumps(DEPLOYED))
    assert forget_lost(workspace, cloud("one")) is None
    told = forget_lost(workspace, cloud("two"))
    assert told is not None
    assert "gone" in told
    assert not workspace.state.exists()
    (archived,) = workspace.folder.glob("terraform.tfstate.*.gone")
    assert json.loads(archived.read_text()) == DEPLOYED
    assert forget_lost(workspace, cloud("two")) is None
