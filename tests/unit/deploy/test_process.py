"""What an interrupt does to the processes beneath: a Python program stands for cdktf, a shell for Terraform."""

import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from streamflix_cli.deploy import process
from streamflix_cli.deploy.interrupts import BOUNCE_SECONDS

STUBBORN = "trap '' INT; echo ready; while :; do sleep 0.05; done"
DUTIFUL = "trap 'echo stopping; sleep 0.3; echo stopped; exit 1' INT; echo ready; while :; do sleep 0.05; done"
WAITS = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode)"
LEAVES = "import subprocess, sys, time; subprocess.Popen(sys.argv[1:]); time.sleep(1)"


@pytest.fixture
def terraform(tmp_path: Path) -> Path:
    """A shell under a name of the user's own choice."""
    return Path(shutil.copy(Path(str(shutil.which("sh"))).resolve(), tmp_path / "tf"))


def run(tmp_path: Path, command: list[str | Path], on_line: Callable[[str], None]) -> tuple[int, int, list[str]]:
    """Runs a command; returns its code, how far it was interrupted, and what was said."""
    said: list[str] = []
    code, level = process.run(
        command, cwd=tmp_path, environment=os.environ, log=tmp_path / "log", on_line=on_line, say=said.append
    )
    return code, level, said


def press(*, times: int = 1) -> None:
    for number in range(times):
        threading.Timer(number * (BOUNCE_SECONDS + 0.1), os.kill, (os.getpid(), signal.SIGINT)).start()


def test_terraform_is_told_whatever_its_name_and_cdktf_is_not(tmp_path: Path, terraform: Path) -> None:
    lines: list[str] = []

    def on_line(line: str) -> None:
        lines.append(line)
        if line == "ready":
            press()

    code, level, said = run(tmp_path, [sys.executable, "-c", WAITS, terraform, "-c", DUTIFUL], on_line)
    assert (code, level, said) == (1, 1, [process.MESSAGES[1]])
    assert lines == ["ready", "stopping", "stopped"]


def test_a_terraform_that_outlives_cdktf_is_waited_for(tmp_path: Path, terraform: Path) -> None:
    lines: list[str] = []

    def on_line(line: str) -> None:
        lines.append(line)
        if line == "ready":
            press()

    slow = DUTIFUL.replace("sleep 0.3", "sleep 2")
    run(tmp_path, [sys.executable, "-c", LEAVES, terraform, "-c", slow], on_line)
    assert lines == ["ready", "stopping", "stopped"]


def test_a_third_press_kills_what_does_not_end_even_after_cdktf(tmp_path: Path, terraform: Path) -> None:
    def on_line(line: str) -> None:
        if line == "ready":
            press(times=3)

    _, level, said = run(tmp_path, [sys.executable, "-c", LEAVES, terraform, "-c", STUBBORN], on_line)
    assert (level, said) == (3, list(process.MESSAGES.values()))
    assert str(terraform) not in [one.info["exe"] for one in psutil.process_iter(["exe"])]
