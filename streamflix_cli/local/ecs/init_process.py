"""Process 1 of a task's container, as `initProcessEnabled` gives it: starts the command and outlives the agent.

`python -I -S init_process.py TOKEN FOLDER COMMAND...`, with the container's environment, output and folder as its
own. It passes SIGTERM on and reaps orphans; when the command ends it ends whatever that left behind, as the end of
a container does, and writes the exit code to FOLDER/exit. Standard library alone, for a start in milliseconds.
"""

import contextlib
import ctypes
import os
import signal
import sys
import threading
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
"""prctl(2): orphans of the command become children of this process, whatever session they are in."""
COMMAND_NOT_FOUND = 127


def main() -> None:
    """Runs the command to its end."""
    _, folder, *command = sys.argv[1:]
    _replace(Path(folder) / "pid", os.getpid())
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    _replace(Path(folder) / "exit", _run(command))


def _run(command: list[str]) -> int:
    # Until there is a command to pass it on to.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        child = os.posix_spawnp(command[0], command, os.environ, setsigmask=())
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return COMMAND_NOT_FOUND
    signal.signal(signal.SIGTERM, lambda *_: _pass_on(child))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    while True:
        ended, status = os.wait()
        if ended == child:
            break
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _end_orphans()
    code = os.waitstatus_to_exitcode(status)
    # As the shell and Docker count: 137 for SIGKILL, 143 for SIGTERM.
    return code if code >= 0 else 128 - code


def _pass_on(child: int) -> None:
    # It may have ended a moment ago.
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGTERM)


def _end_orphans() -> None:
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    with contextlib.suppress(ChildProcessError):
        while True:
            for pid in children.read_text().split():
                os.kill(int(pid), signal.SIGKILL)
            os.wait()


def _replace(path: Path, number: int) -> None:
    temporary = path.with_suffix(".new")
    temporary.write_text(str(number))
    temporary.replace(path)


if __name__ == "__main__":
    main()
