"""The installed command, run in a project of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streamflix_cli import local

STREAMFLIX = Path(sys.executable).with_name("streamflix")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "configs").mkdir()
    yield tmp_path
    local.down(tmp_path)


def run(project: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [STREAMFLIX, "local", *arguments], cwd=project, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == code, done.stderr
    return done


def data(project: Path, *arguments: str) -> Any:
    envelope = json.loads(run(project, *arguments, "--json").stdout)
    assert envelope["ok"] is True
    return envelope["data"]


def test_up_status_and_down_tell_the_same_story(project: Path) -> None:
    up = data(project, "up")
    assert up["endpoint"].startswith("http://127.0.0.1:")
    status = data(project, "status")
    assert (status["endpoint"], status["instance_id"]) == (up["endpoint"], up["instance_id"])
    assert [(part["name"], part["state"]) for part in status["parts"]] == [("control-plane", "running")]
    assert up["endpoint"] in run(project, "status").stdout
    assert data(project, "down") == {"stopped": True}
    assert data(project, "down") == {"stopped": False}
    assert data(project, "status")["endpoint"] is None


def test_a_port_out_of_range_is_wrong_usage(project: Path) -> None:
    assert "--port" in run(project, "up", "--port", "65536", code=2).stderr
