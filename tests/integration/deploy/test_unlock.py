"""Locks that a killed run leaves are shown with their age and released; those of a living one are not."""

import json
import socket
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from tests.integration.deploy.conftest import PROFILE, Clients, Project, Running
from tests.integration.deploy.test_terminal import finish, on_terminal

BUCKET = "unlock-state"


def deploying(project: Project, aws: Clients, suffix: str, backend: str) -> Running:
    """A deploy in the midst of making something, with its state in a backend."""
    if backend == "s3":
        aws("s3").create_bucket(Bucket=BUCKET)
        project.profile("t", f'{PROFILE}state: {{backend: s3, bucket: "{BUCKET}"}}\n')
    running = project.start("deploy", "--env", suffix, "--yes", "--json")
    running.wait_for("still creating")
    return running


@pytest.mark.parametrize("backend", ["local", pytest.param("s3", marks=pytest.mark.soak)])
def test_the_lock_of_a_killed_terraform_is_shown_and_released(project: Project, aws: Clients, backend: str) -> None:
    suffix = f"tun{backend}"
    unlock = ("unlock", "--env", suffix, "--json")
    running = deploying(project, aws, suffix, backend)
    children = running.beneath()

    refused = project.streamflix(*unlock, "--yes")
    assert (refused.code, refused.error["code"]) == (3, "ENVIRONMENT_LOCKED"), refused.out
    assert f"process {running.process.pid}" in refused.error["message"]
    assert {one["kind"] for one in refused.data["held"]} == {"environment", "state"}
    assert all(one["pids"] for one in refused.data["held"])

    terraform = running.terraform()
    assert terraform.pid in refused.data["held"][-1]["pids"]
    running.process.kill()
    terraform.kill()
    psutil.wait_procs(children, timeout=60)

    asked = project.streamflix(*unlock)
    assert (asked.code, asked.error["code"]) == (3, "CONFIRMATION_REQUIRED"), asked.out
    assert "--yes" in asked.error["hint"]
    released = project.streamflix(*unlock, "--yes")
    assert released.code == 0, released.out
    (held,) = released.data["held"]
    assert (held["kind"], held["pids"], held["elsewhere"]) == ("state", [], False)
    assert held["who"].endswith(f"@{socket.gethostname()}")
    assert 0 <= held["age_seconds"] < 600
    assert held["place"].startswith("s3://") is (backend == "s3")
    assert project.streamflix(*unlock).data == {**released.data, "held": [], "released": False}
    resumed = project.streamflix("deploy", "--env", suffix, "--yes", "--json")
    assert (resumed.code, resumed.data["resources"]) == (0, 4), resumed.err


def test_a_lock_that_was_taken_elsewhere_takes_more_than_a_yes(project: Project, aws: Clients) -> None:
    aws("s3").create_bucket(Bucket="elsewhere-state")
    project.profile("t", f'{PROFILE}state: {{backend: s3, bucket: "elsewhere-state"}}\n')
    key = "streamflix/telse/terraform.tfstate.tflock"
    lock = {
        "ID": "4d3f",
        "Operation": "OperationTypeApply",
        "Info": "",
        "Who": "maria@laptop",
        "Version": "1.11.4",
        "Created": (datetime.now(UTC) - timedelta(hours=2)).isoformat(),
        "Path": f"elsewhere-state/{key}",
    }
    aws("s3").put_object(Bucket="elsewhere-state", Key=key, Body=json.dumps(lock).encode())

    wrong = on_terminal(project, "unlock", "--env", "telse")
    wrong.expect("taken by maria@laptop for OperationTypeApply, 2:00:")
    wrong.expect("on another machine")
    wrong.expect("type the environment's name")
    wrong.sendline("yes")
    assert finish(wrong)[0] == 3
    right = on_terminal(project, "unlock", "--env", "telse")
    right.expect("type the environment's name, telse")
    right.sendline("telse")
    code, screen = finish(right)
    assert code == 0, screen
    assert f"Released: s3://elsewhere-state/{key}" in screen.replace("\n", "")
    assert "Contents" not in aws("s3").list_objects_v2(Bucket="elsewhere-state", Prefix=key)


def test_nothing_is_held_on_an_environment_that_nobody_works_on(project: Project) -> None:
    shown = project.streamflix("unlock", "--env", "tfree")
    assert (shown.code, shown.out.strip()) == (0, "No lock is held on tfree.")
