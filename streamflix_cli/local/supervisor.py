"""The process that starts the parts of the local cloud and starts a crashed one again.

`python -m streamflix_cli.local.supervisor ROOT --token T --listener FD`; SIGTERM ends it and its parts.
It holds the listening socket, so that the endpoint stays the same when the control plane is restarted.
"""

import argparse
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

from streamflix_cli.local.folder import CloudFolder
from streamflix_cli.local.models import CONTROL_PLANE, CloudRecord, PartRecord, PartState, ProcessRecord

RUNTIME = ("ecs", "pipes", "metrics", "scaling")
"""What acts on deployed resources: `streamflix_cli.local.NAME`, one process a region."""
DATABASE = "database"
"""One process for all regions: the control plane and the tasks look for its servers in one file."""
LOG_BYTES = 4 * 1024 * 1024
LOG_FILES = 2
STOP_SECONDS = 5.0
FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 30.0
STABLE_SECONDS = 60.0
"""A part that ran this long starts with the first delay again."""

logger = logging.getLogger(__name__)


class Part:
    """One process of the local cloud and its log.

    Args:
        name: `control-plane`, `ecs-us-east-1`.
        module: What `python -m` runs.
        arguments: Its arguments; `--token` follows them.
        inherits: File descriptors that it inherits.
        log: Where its output goes, rotated.
    """

    def __init__(
        self, name: str, module: str, arguments: tuple[str, ...], *, inherits: tuple[int, ...], log: Path
    ) -> None:
        self.name = name
        self.restarts = 0
        self.last_exit: str | None = None
        self.since = 0.0
        self.token = ""
        self._command = (sys.executable, "-m", module, *arguments)
        self._inherits = inherits
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._delay = FIRST_DELAY_SECONDS
        self._start_at = 0.0
        self._output = RotatingFileHandler(log, maxBytes=LOG_BYTES, backupCount=LOG_FILES - 1, encoding="utf-8")

    def keep_running(self) -> bool:
        """Starts the process if it is due, notices that it ended.

        Returns:
            Whether anything changed.
        """
        now = time.monotonic()
        if self._process is None:
            if now < self._start_at:
                return False
            self._start()
            return True
        code = self._process.poll()
        if code is None:
            return False
        self.last_exit = f"signal {-code}" if code < 0 else f"exit code {code}"
        if time.time() - self.since > STABLE_SECONDS:
            self._delay = FIRST_DELAY_SECONDS
        logger.warning("%s ended with %s, starts again in %.1f s", self.name, self.last_exit, self._delay)
        self._process = None
        self._start_at = now + self._delay
        self._delay = min(2 * self._delay, LONGEST_DELAY_SECONDS)
        self.restarts += 1
        return True

    def terminate(self) -> None:
        """Asks the process to end."""
        if self._process is not None:
            self._process.terminate()

    def stop(self) -> None:
        """Ends the process: SIGTERM, then SIGKILL."""
        if self._process is None:
            return
        self.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def record(self) -> PartRecord:
        """What is written down about it."""
        state: PartState = "running" if self._process else "restarting"
        return PartRecord(
            name=self.name,
            process=ProcessRecord(pid=self._process.pid, token=self.token) if self._process else None,
            state=state,
            restarts=self.restarts,
            since=self.since,
            log=str(self._log),
            last_exit=self.last_exit,
        )

    def _start(self) -> None:
        self.token = uuid.uuid4().hex
        self.since = time.time()
        self._process = subprocess.Popen(
            [*self._command, "--token", self.token],
            pass_fds=self._inherits,
            # A part ends when this pipe closes: none outlives its supervisor, however that one ended.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if self._process.stdout is not None:
            threading.Thread(target=self._copy, args=(self._process.stdout,), daemon=True).start()

    def _copy(self, output: IO[bytes]) -> None:
        with output:
            for line in output:
                text = line.decode("utf-8", errors="replace").rstrip("\n")
                self._output.handle(logging.makeLogRecord({"msg": text}))


class Supervisor:
    """Keeps the parts running and the record of them up to date.

    The control plane runs always. What acts on deployed resources runs for each region that an environment was
    deployed to, from the first deploy on: until then there is nothing to act on.

    Args:
        folder: The cloud's files.
        endpoint: URL of the listening socket.
        token: This process's own.
        control_plane: The part that answers on it.
    """

    def __init__(self, folder: CloudFolder, *, endpoint: str, token: str, control_plane: Part) -> None:
        self._folder = folder
        self._endpoint = endpoint
        self._me = ProcessRecord(pid=os.getpid(), token=token)
        self._control_plane = control_plane
        self._runtime: dict[str, Part] = {}
        self._regions: set[str] = set()
        self._written = False
        self._stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: self._stop.set())
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def run(self) -> None:
        """Runs until SIGTERM."""
        try:
            while not self._stop.is_set():
                self._follow_regions()
                # Every part, not only up to the first that changed.
                if True in tuple(part.keep_running() for part in self._parts):
                    self._write_down()
                self._stop.wait(0.2)
        finally:
            # Together, and while the control plane still answers: the agent says how its tasks ended.
            for part in self._runtime.values():
                part.terminate()
            for part in [*self._runtime.values(), self._control_plane]:
                part.stop()

    @property
    def _parts(self) -> tuple[Part, ...]:
        return (self._control_plane, *self._runtime.values())

    def _follow_regions(self) -> None:
        """Adds the parts of a region that an environment was deployed to for the first time."""
        current = self._control_plane.token
        deployed = {one.region for one in self._folder.deployed().values() if one and one.instance_id == current}
        if deployed <= self._regions:
            return
        if DATABASE in self._runtime:
            self._runtime.pop(DATABASE).stop()  # its servers go on, and the next one finds them
        for region in sorted(deployed - self._regions):
            for name in RUNTIME:
                self._add(f"{name}-{region}", name, region)
        self._regions |= deployed
        self._add(DATABASE, DATABASE, *sorted(self._regions))

    def _add(self, name: str, package: str, *regions: str) -> None:
        flags = [flag for region in regions for flag in ("--region", region)]
        arguments = (str(self._folder.root), "--endpoint", self._endpoint, *flags)
        log = self._folder.log(name)
        self._runtime[name] = Part(name, f"streamflix_cli.local.{package}", arguments, inherits=(), log=log)

    def _write_down(self) -> None:
        record = CloudRecord(
            endpoint=self._endpoint,
            # The control plane's memory is the local account: a new process is a new account.
            instance_id=self._control_plane.token,
            supervisor=self._me,
            parts=tuple(part.record() for part in self._parts),
        )
        try:
            self._folder.write(record)
            self._written = True
        except OSError:
            if not self._written:
                raise
            logger.exception("The record could not be written")


def main() -> None:
    """Runs the supervisor of one project folder."""
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("--token", required=True)
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--listener", type=int, required=True, help="file descriptor of the endpoint's socket")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    # A full disk costs log lines, not the cloud.
    logging.raiseExceptions = False
    folder = CloudFolder(arguments.root)
    control_plane = Part(
        CONTROL_PLANE,
        "streamflix_cli.local.control_plane",
        ("--listener", str(arguments.listener)),
        inherits=(arguments.listener,),
        log=folder.log(CONTROL_PLANE),
    )
    # The parts find each other's files by it.
    os.environ["STREAMFLIX_LOCAL_CLOUD"] = str(folder.path)
    Supervisor(folder, endpoint=arguments.endpoint, token=arguments.token, control_plane=control_plane).run()


if __name__ == "__main__":
    main()
