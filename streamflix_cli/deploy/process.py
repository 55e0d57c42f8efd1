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
TERRAFORM_SECONDS = 600
MESSAGES = {
    1: "Stopping: waiting for Terraform to end what it has begun and to write its state. "
    "Ctrl-C again forces it, and may lose state.",
    2: "Forcing Terraform to end at once. What it was creating may be missing from the state. Ctrl-C again kills it.",
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
) -> tuple[int, bool]:
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
        Its return code, and whether it was interrupted.

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
        while process.poll() is None:
            lines.feed(source.read())
            interrupt.follow(presses)
            time.sleep(POLL_SECONDS)
        interrupt.wait_for_terraform()
        lines.feed(source.read())
        lines.close()
    return process.returncode, presses.level > 0


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
    first that fails cdktf ends.
    """

    def __init__(self, process: subprocess.Popen[bytes], say: Callable[[str], None]) -> None:
        self._process = process
        self._say = say
        self._told: dict[int, int] = {}
        self._level = 0
        self._running: list[psutil.Process] = []

    def follow(self, presses: Presses) -> None:
        if presses.level == 0:
            return
        if presses.level > self._level:
            self._level = presses.level
            self._say(MESSAGES[self._level])
        self._running = self._terraforms()
        for terraform in self._running:
            if self._level >= 3:
                _send(terraform, signal.SIGKILL)
            elif self._told.get(terraform.pid, 0) < self._level:
                self._told[terraform.pid] = self._level
                _send(terraform, signal.SIGINT)
        if self._level >= 3 and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)

    def wait_for_terraform(self) -> None:
        """cdktf may end before the Terraform it started; state and lock are Terraform's."""
        psutil.wait_procs(self._running, timeout=TERRAFORM_SECONDS)

    def _terraforms(self) -> list[psutil.Process]:
        try:
            children = psutil.Process(self._process.pid).children(recursive=True)
        except psutil.Error:
            return self._running
        return [child for child in children if _is_terraform(child)]


def _is_terraform(process: psutil.Process) -> bool:
    """Terraform itself, not the provider plugins beneath it, which must not be interrupted."""
    try:
        name = Path(process.exe()).name
    except psutil.Error:
        return False
    return name.startswith("terraform") and not name.startswith("terraform-provider")


def _send(process: psutil.Process, number: signal.Signals) -> None:
    with suppress(psutil.Error):
        process.send_signal(number)
