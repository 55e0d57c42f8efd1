"""An interrupt, at any moment, leaves nothing that the state does not know, and the next deploy succeeds."""

import json
import signal
import time

import pytest

from streamflix_cli.deploy.lock import environment_lock
from streamflix_cli.deploy.workspace import Workspace
from streamflix_cli.errors import StreamflixError
from tests.integration.deploy.conftest import Clients, Project, existing


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_deploy_is_resumed_by_the_same_command(
    project: Project, aws: Clients, number: signal.Signals
) -> None:
    suffix = f"t{number.name.lower()}"
    running = project.start("deploy", "--env", suffix, "--yes", "--json")
    running.wait_for("still creating")
    running.send(number)
    stopped = running.finish()

    assert stopped.code == 130, stopped.err
    assert stopped.error["code"] == "INTERRUPTED"
    assert existing(aws, suffix) == project.known(suffix)
    assert len(existing(aws, suffix)) == stopped.data["resources"] > 0
    assert not list(project.workspace(suffix).rglob("*.lock.info"))

    resumed = project.streamflix("deploy", "--env", suffix, "--yes", "--json")
    assert resumed.code == 0, resumed.err
    assert resumed.data["resources"] == 4
    destroyed = project.streamflix("destroy", "--env", suffix, "--yes", "--json")
    assert destroyed.code == 0, destroyed.err
    assert destroyed.data["leftovers"] == []
    assert existing(aws, suffix) == set()


@pytest.mark.parametrize("delay", [0.0, 2.5])
def test_an_interrupt_while_planning_changes_nothing(project: Project, aws: Clients, delay: float) -> None:
    running = project.start("deploy", "--env", "tplan", "--yes", "--json")
    running.wait_for("Planning")
    time.sleep(delay)
    running.send(signal.SIGINT)
    stopped = running.finish()

    assert stopped.code == 130, stopped.err
    assert stopped.error["code"] == "INTERRUPTED"
    assert existing(aws, "tplan") == set()
    assert project.streamflix("plan", "--env", "tplan", "--json").data["create"] == 4


def test_ci_cancelling_with_one_signal_after_the_other_loses_no_state(project: Project, aws: Clients) -> None:
    running = project.start("deploy", "--env", "tci", "--yes", "--json")
    running.wait_for("creating")
    running.send(signal.SIGINT)
    running.send(signal.SIGTERM)
    time.sleep(0.1)
    running.process.kill()
    running.process.wait()

    resumed = project.streamflix("deploy", "--env", "tci", "--yes", "--json")
    deadline = time.monotonic() + 300
    while resumed.code != 0 and resumed.error["code"] == "ENVIRONMENT_LOCKED" and time.monotonic() < deadline:
        time.sleep(0.5)
        resumed = project.streamflix("deploy", "--env", "tci", "--yes", "--json")
    assert resumed.code == 0, resumed.err
    assert existing(aws, "tci") == project.known("tci")


def test_a_deploy_whose_program_was_killed_goes_on_and_keeps_its_lock(project: Project, aws: Clients) -> None:
    running = project.start("deploy", "--env", "tkill", "--yes", "--json")
    running.wait_for("creating")
    running.process.kill()
    running.process.wait()

    with pytest.raises(StreamflixError) as locked, environment_lock(Workspace(project.root, "aws", "tkill")):
        pass
    assert locked.value.code == "ENVIRONMENT_LOCKED"
    assert f"process {running.process.pid}" in locked.value.message
    assert "still finishing" in locked.value.hint

    deadline = time.monotonic() + 300
    while (planned := project.streamflix("plan", "--env", "tkill", "--json")).code != 0:
        assert time.monotonic() < deadline, planned.out
        time.sleep(2)
    assert planned.data["changes"] == []
    assert existing(aws, "tkill") == project.known("tkill")


@pytest.mark.parametrize("existed", [False, True])
def test_only_what_the_interrupted_deploy_itself_created_unknown_to_the_state_is_removed(
    project: Project, aws: Clients, existed: bool
) -> None:
    suffix = f"torphan{existed:d}"
    project.workspace(suffix).mkdir(parents=True)
    name = f"video-jobs-queue-{suffix}"
    aws("sqs").create_queue(QueueName=name, Attributes={"VisibilityTimeout": "7"})
    before = [{"type": "sqs_queue", "id": name, "found_by": "name"}] if existed else []
    (project.workspace(suffix) / "unfinished.json").write_text(json.dumps({"existing": before, "creating": [name]}))

    deployed = project.streamflix("deploy", "--env", suffix, "--yes", "--json")
    if existed:
        assert deployed.error["code"] == "DEPLOY_FAILED"
        assert "VisibilityTimeout" in deployed.error["message"] or "exists" in deployed.error["message"]
    else:
        assert "Deleting what was created in the last moment" in deployed.err
        assert deployed.data["resources"] == 4
