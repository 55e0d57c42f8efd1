"""The container of a task: a process of this machine with its descendants."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from streamflix_cli.local import processes
from streamflix_cli.local.ecs.records import TaskFolder, recorded
from streamflix_cli.local.models import ProcessRecord

INIT_PROCESS = Path(__file__).with_name("init_process.py")
KILLED = 128 + signal.SIGKILL


class Container:
    """A started container, of this agent or of an earlier one.

    Args:
        folder: Files of its task.
        process: Its process 1; None if that is gone.
    """

    def __init__(self, folder: TaskFolder, process: psutil.Process | None) -> None:
        self._folder = folder
        self._process = process

    @classmethod
    def start(
        cls, folder: TaskFolder, *, token: str, command: Sequence[str], environment: Mapping[str, str]
    ) -> "Container":
        """Starts a command in a session of its own, in the task's home folder.

        Args:
            environment: All that the command is told.
        """
        with folder.output.open("ab") as output:
            process = psutil.Popen(
                [sys.executable, "-I", "-S", str(INIT_PROCESS), token, str(folder.path), *command],
                env=dict(environment),
                cwd=folder.home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return cls(folder, process)

    @classmethod
    def adopt(cls, folder: TaskFolder, *, token: str) -> "Container":
        """Finds the container that an earlier agent started."""
        try:
            pid = int(folder.pid.read_text())
        except (FileNotFoundError, ValueError):
            return cls(folder, None)
        return cls(folder, processes.find(ProcessRecord(pid=pid, token=token)))

    def exit_code(self) -> int | None:
        """As Docker counts, 128 and the signal's number for a killed one; None while it runs."""
        try:
            return int(self._folder.exit_code.read_text())
        except FileNotFoundError:
            if self._alive():
                return None
        # It may have written the code and ended between the two looks.
        if self._folder.exit_code.exists():
            return int(self._folder.exit_code.read_text())
        self._kill_session()
        return KILLED

    def terminate(self) -> None:
        """Sends its command SIGTERM."""
        if self._process is not None:
            self._signal(self._process, signal.SIGTERM)

    def kill(self) -> None:
        """Kills everything in it; process 1 sees that and ends by itself."""
        if self._process is None:
            return
        try:
            descendants = self._process.children(recursive=True)
        except psutil.NoSuchProcess:
            return
        for process in descendants:
            self._signal(process, signal.SIGKILL)

    def _alive(self) -> bool:
        if self._process is None:
            return False
        try:
            # Reaps a child of this agent.
            self._process.wait(0)
        except psutil.TimeoutExpired:
            return self._process.is_running() and self._process.status() != psutil.STATUS_ZOMBIE
        return False

    def _kill_session(self) -> None:
        # Somebody killed process 1. What it had started is still in its process group; asked once, since the
        # group's id can become another's when the group is empty.
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process = None

    @staticmethod
    def _signal(process: psutil.Process, number: signal.Signals) -> None:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def kill_all(tasks: Path) -> None:
    """Kills the containers of all recorded tasks."""
    for folder, record in recorded(tasks):
        if record is not None:
            Container.adopt(folder, token=record.token).kill()
