"""Whether anything can have been deployed from a folder."""

from pathlib import Path

import pytest

from streamflix_cli.deploy.workspace import KEPT_LOGS, Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path, "local", "pr1")
    workspace.prepare()
    return workspace


def test_plans_alone_have_deployed_nothing(workspace: Workspace) -> None:
    assert not workspace.has_deployed
    workspace.new_log("diff").touch()
    assert not workspace.has_deployed


def test_a_deploy_that_was_begun_counts_though_it_left_no_state(workspace: Workspace) -> None:
    workspace.new_log("deploy").touch()
    assert workspace.has_deployed


def test_a_state_counts(workspace: Workspace) -> None:
    workspace.state.touch()
    assert workspace.has_deployed


def test_what_the_removed_logs_told_is_not_known(workspace: Workspace) -> None:
    for _ in range(KEPT_LOGS):
        workspace.new_log("diff").touch()
    assert workspace.has_deployed
