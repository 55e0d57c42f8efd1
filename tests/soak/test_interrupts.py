"""Deploys of the whole stack, interrupted at many moments. `make soak` runs them."""

import json
import signal
import subprocess
import time

import pytest

from tests.e2e.conftest import STREAMFLIX, Project
from tests.finished import Finished

ENV = ("--env", "pr7", "--local")
MOMENTS = [1, 30, 80, 120, 150, 163, 172]
"""How many of the resources are made when the interrupt comes."""

pytestmark = pytest.mark.soak


def interrupted_deploy(project: Project, made: int, number: signal.Signals) -> Finished:
    """Starts a deploy and sends it a signal once it has made so many resources."""
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
    while f"✓ {made}/" not in err.read_text():
        assert process.poll() is None, err.read_text()
        time.sleep(0.05)
    process.send_signal(number)
    out, _ = process.communicate()
    return Finished(process.returncode, out, err.read_text())


@pytest.mark.parametrize("made", MOMENTS)
def test_after_an_interrupt_a_destroy_of_what_the_state_knows_leaves_nothing(project: Project, made: int) -> None:
    stopped = interrupted_deploy(project, made, signal.SIGINT)
    assert stopped.code == 130, stopped.err
    assert json.loads(stopped.out)["error"]["code"] == "INTERRUPTED"
    destroyed = project.streamflix("destroy", *ENV, "--yes", "--json")
    assert destroyed.code == 0, destroyed.out
    assert destroyed.data["leftovers"] == []


@pytest.mark.parametrize("made", MOMENTS)
def test_after_a_termination_the_same_command_goes_on_to_the_end(project: Project, made: int) -> None:
    stopped = interrupted_deploy(project, made, signal.SIGTERM)
    assert stopped.code == 130, stopped.err
    deployed = project.streamflix("deploy", *ENV, "--yes", "--json")
    assert deployed.code == 0, deployed.out
    planned = project.streamflix("plan", *ENV, "--json")
    assert planned.code == 0, planned.err
    assert planned.data["changes"] == []
