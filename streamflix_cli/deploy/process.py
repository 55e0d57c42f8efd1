"""Running cdktf, and interrupting it without losing Terraform's state.

`cdktf` handles SIGINT by killing Terraform on the spot, which leaves resources that no state knows. So it
runs in a session of its own, where neither the terminal's Ctrl-C nor a closed terminal reaches it, and an
interrupt goes to the `terraform` beneath it alone. Its output goes to a file that is read along, not into a
pipe: if this program is killed, cdktf and Terraform carry on to a clean end.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from streamflix_cli.deploy.interrupts import Presses, counted
from streamflix_cli.deploy.workspace import unusable

POLL_SECONDS = 0.05
MESSAGES = {
    1: "Stopping: waiting for Terraform to end what it has begun and to write its state. "
    "Ctrl-C again forces it, and may lose state.",
    2: "Telling Terraform to end at once: what it is creating may be missing from the state. Ctrl-C again kills it.",
    3: "Killing cdktf and Terraform.",
}


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    log: Path,
    on_line: Callable[[str], None],
    say: Callable[[str], None],
    keep_open: Sequence[int] = (),
) -> tuple[int, int]:
    """Runs cdktf to its end, whatever signal this program gets meanwhile.

    Args:
        command: Program and arguments.
        cwd: Its current folder.
        environment: Its whole environment.
        log: File that takes the whole output.
        on_line: Called with each line of the output.
        say: Called with a sentence on each step of an interrupt.
        keep_open: Descriptors it inherits.

    Returns:
        Its return code, and how far it was interrupted (`Presses.level`).

    Raises:
        StreamflixError: `WORKSPACE_UNUSABLE` if the log cannot be written.
    """
    try:
        sink = log.open("wb")
    except OSError as error:
        raise unusable(log, error) from error
    with counted() as presses, sink, log.open("rb") as source:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=keep_open,
        )
        lines = _Lines(on_line)
        interrupt = _Interrupt(process, say)
        while process.poll() is None or interrupt.pending():
            lines.feed(source.read())
            interrupt.follow(presses)
            time.sleep(POLL_SECONDS)
        lines.feed(source.read())
        lines.close()
    return process.returncode, presses.level


class _Lines:
    """Cuts a stream of bytes into lines."""

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self._on_line = on_line
        self._rest = b""

    def feed(self, data: bytes) -> None:
        *whole, self._rest = (self._rest + data).split(b"\n")
        for line in whole:
            self._on_line(line.decode(errors="replace"))

    def close(self) -> None:
        if self._rest:
            self.feed(b"\n")


class _Interrupt:
    """Passes presses on to Terraform.

    cdktf starts one `terraform` after another (`version`, `init`, `plan` or `apply`). Each that appears after
    the first press gets SIGINT once; so one that starts in the same moment is stopped as well, and with the
    first that fails cdktf ends. A second SIGINT tells Terraform to end without waiting for the provider.
    """

    def __init__(self, process: subprocess.Popen[bytes], say: Callable[[str], None]) -> None:
        self._process = process
        self._say = say
        self._told: dict[int, int] = {}
        self._level = 0
        self._running: set[psutil.Process] = set()

    def follow(self, presses: Presses) -> None:
        if presses.level == 0:
            return
        if presses.level > self._level:
            self._level = presses.level
            self._say(MESSAGES[self._level])
        self._running = {one for one in self._running | self._started() if _is_alive(one)}
        for one in self._running:
            if self._level >= 3:
                _send(one, signal.SIGKILL)
            elif _is_terraform(one) and self._told.get(one.pid, 0) < self._level:
                self._told[one.pid] = self._level
                _send(one, signal.SIGINT)
        if self._level >= 3 and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)

    def pending(self) -> bool:
        """Whether Terraform still works: cdktf may end before the one it started, whose state and lock these are."""
        return any(map(_is_alive, self._running))

    def _started(self) -> set[psutil.Process]:
        """Terraform, whatever TERRAFORM_BINARY_NAME calls it, and its providers: what is not Node.js beneath cdktf."""
        if self._process.poll() is not None:
            return set()
        cdktf = psutil.Process(self._process.pid)
        return {child for child in cdktf.children(recursive=True) if _program(child) not in ("", _program(cdktf))}


def _program(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return Path(process.exe()).name
    return ""


def _is_terraform(process: psutil.Process) -> bool:
    """Terraform itself, not the provider plugins beneath it, which must not be interrupted."""
    return not _program(process).startswith("terraform-provider")


def _is_alive(process: psutil.Process) -> bool:
    """Not so if it has ended and its new parent has not noticed yet, which in a container may never happen."""
    with suppress(psutil.Error):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


def _send(process: psutil.Process, number: signal.Signals) -> None:
    with suppress(psutil.Error):
        process.send_signal(number)
