"""An interrupt, at any moment, leaves nothing that the state does not know, and the next deploy succeeds."""

import signal
import time
from collections.abc import Callable

import psutil
import pytest

from streamflix_cli.deploy.interrupts import BOUNCE_SECONDS
from streamflix_cli.deploy.lock import environment_lock
from streamflix_cli.deploy.workspace import Workspace
from streamflix_cli.errors import StreamflixError
from tests.finished import Finished
from tests.integration.deploy.conftest import PROFILE, PROVIDER, Clients, Project, Running, existing


def press(running: Running, answer: str) -> None:
    running.send(signal.SIGINT)
    running.wait_for(answer, 20)
    time.sleep(BOUNCE_SECONDS)


def eventually(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def ended(processes: list[psutil.Process]) -> bool:
    return all(not one.is_running() or one.status() == psutil.STATUS_ZOMBIE for one in processes)


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


def test_a_second_ctrl_c_ends_terraform_without_its_provider_and_the_same_command_goes_on(
    project: Project, aws: Clients
) -> None:
    running = project.start("deploy", "--env", "tforce", "--yes", "--json")
    running.wait_for("still creating")
    started = running.beneath()
    (provider,) = running.beneath(PROVIDER)
    provider.suspend()  # it does not end what it has begun
    press(running, "Stopping: waiting for Terraform")
    press(running, "Telling Terraform to end at once")
    (log,) = (project.workspace("tforce") / "logs").glob("*-deploy.log")
    eventually(lambda: "Two interrupts received" in log.read_text())
    provider.resume()
    stopped = running.finish()

    assert (stopped.code, stopped.error["code"]) == (130, "INTERRUPTED"), stopped.err
    if "is not a whole Terraform state" in stopped.error["message"]:
        # Terraform writes a local state in place, and may have been doing so in that very moment.
        assert "Terraform's last backup is" in stopped.error["message"]
        return
    assert "told to end at once" in stopped.error["message"]
    assert ended(started)
    # How many were done before the stream, of which this run waited for the first sign, is up to the machine.
    assert 1 <= len(project.known("tforce")) == stopped.data["resources"] < 4
    assert "kinesis-stream-tforce" in stopped.err, "unknown to the state, so deleted"
    assert existing(aws, "tforce") == project.known("tforce")

    resumed = deploy_again(project, "tforce")
    assert (resumed.code, resumed.data["resources"]) == (0, 4), resumed.err


def test_a_third_ctrl_c_kills_terraform_and_unlock_releases_the_lock_that_it_leaves(
    project: Project, aws: Clients
) -> None:
    aws("s3").create_bucket(Bucket="kill-state")
    project.profile("t", f'{PROFILE}state: {{backend: s3, bucket: "kill-state"}}\n')
    running = project.start("deploy", "--env", "tthird", "--yes", "--json")
    running.wait_for("still creating")
    started = running.beneath()
    running.terraform().suspend()
    press(running, "Stopping: waiting for Terraform")
    press(running, "Telling Terraform to end at once")
    running.send(signal.SIGINT)
    stopped = running.finish(60)

    assert (stopped.code, stopped.error["code"]) == (130, "INTERRUPTED"), stopped.err
    assert "was killed" in stopped.error["message"]
    assert "Killing cdktf and Terraform" in stopped.err
    assert ended(started)
    assert len(existing(aws, "tthird")) == stopped.data["resources"], "what the state lacks was deleted"

    locked = deploy_again(project, "tthird")
    assert (locked.code, locked.error["code"]) == (1, "STATE_LOCKED"), locked.err
    assert "`streamflix unlock`" in locked.error["hint"]
    assert project.streamflix("unlock", "--env", "tthird", "--yes", "--json").data["released"] is True
    resumed = deploy_again(project, "tthird")
    assert (resumed.code, resumed.data["resources"]) == (0, 4), resumed.err


def test_when_terraform_is_killed_neither_deploy_nor_destroy_says_that_it_is_done(project: Project) -> None:
    deploying = project.start("deploy", "--env", "toom", "--yes", "--json")
    deploying.wait_for("still creating")
    deploying.terraform().kill()
    killed = deploying.finish()
    assert (killed.code, killed.error["code"]) == (1, "DEPLOY_FAILED"), killed.err
    assert "before Terraform was done" in killed.error["message"]

    resumed = deploy_again(project, "toom")
    assert (resumed.code, resumed.data["resources"]) == (0, 4), resumed.err
    destroying = project.start("destroy", "--env", "toom", "--yes", "--json")
    destroying.wait_for("destroying")
    destroying.terraform().kill()
    killed = destroying.finish()
    assert (killed.code, killed.error["code"]) == (1, "DESTROY_FAILED"), killed.err


def deploy_again(project: Project, suffix: str) -> Finished:
    return project.streamflix("deploy", "--env", suffix, "--yes", "--json")
