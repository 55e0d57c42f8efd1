"""Deploys of the whole stack, interrupted at many moments. `make soak` runs them."""

import json
import signal
import subprocess
import time

import pytest

from tests.e2e.conftest import STREAMFLIX, Finished, Project

ENV = ("--env", "pr7", "--local")
MOMENTS = [0.2, 5, 15, 30, 45, 60, 80]
"""Seconds after the apply began."""

pytestmark = pytest.mark.soak


def interrupted_deploy(project: Project, seconds: float, number: signal.Signals) -> Finished:
    """Starts a deploy and sends it a signal some time after its apply began."""
    err = project.root / "deploy.err"
    with err.open("wb") as stderr:
        process = subprocess.Popen(
            [STREAMFLIX, "deploy", *ENV, "--yes", "--json"],
            cwd=project.root,
            env=project.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    while ": creating" not in err.read_text():
        assert process.poll() is None, err.read_text()
        time.sleep(0.1)
    time.sleep(seconds)
    process.send_signal(number)
    out, _ = process.communicate()
    return Finished(process.returncode, out, err.read_text())


@pytest.mark.parametrize("seconds", MOMENTS)
def test_after_an_interrupt_a_destroy_of_what_the_state_knows_leaves_nothing(project: Project, seconds: float) -> None:
    stopped = interrupted_deploy(project, seconds, signal.SIGINT)
    assert stopped.code == 130, stopped.err
    assert json.loads(stopped.out)["error"]["code"] == "INTERRUPTED"
    destroyed = project.streamflix("destroy", *ENV, "--yes", "--json")
    assert destroyed.code == 0, destroyed.out
    assert destroyed.data["leftovers"] == []


@pytest.mark.parametrize("seconds", MOMENTS)
def test_after_a_termination_the_same_command_goes_on_to_the_end(project: Project, seconds: float) -> None:
    stopped = interrupted_deploy(project, seconds, signal.SIGTERM)
    assert stopped.code == 130, stopped.err
    deployed = project.streamflix("deploy", *ENV, "--yes", "--json")
    assert deployed.code == 0, deployed.out
    planned = project.streamflix("plan", *ENV, "--json")
    assert planned.data["changes"] == []
