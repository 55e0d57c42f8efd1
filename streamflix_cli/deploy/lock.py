"""One run at a time on an environment on this machine.

The kernel's file lock counts, not the file's presence, so a crash leaves nothing to clean up. The `cdktf`
process inherits the descriptor: as long as it works, even after this program was killed, the environment
stays locked.
"""

import fcntl
import getpass
import json
import os
import shlex
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ValidationError

from streamflix_cli.deploy.workspace import Workspace, unusable
from streamflix_cli.errors import StreamflixError


class Holder(BaseModel):
    """Who holds an environment's lock."""

    pid: int
    user: str
    host: str
    command: str
    since: datetime


@contextmanager
def environment_lock(workspace: Workspace) -> Iterator[int]:
    """Holds the lock of an environment.

    Yields:
        The descriptor to pass on to a child that works on the environment.

    Raises:
        StreamflixError: `ENVIRONMENT_LOCKED`, naming the holder; `WORKSPACE_UNUSABLE`.
    """
    path = workspace.lock
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise unusable(path, error) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _locked(workspace.suffix, path) from None
        _write(descriptor, _me().model_dump_json().encode())
        yield descriptor
    finally:
        os.close(descriptor)  # not unlocked: that would take the lock from a child that still works as well


def holder_of(workspace: Workspace) -> Holder | None:
    """Returns who holds the lock of an environment, None if it is free.

    Raises:
        StreamflixError: `ENVIRONMENT_LOCKED` if a run has begun so recently that it is not written down who.
    """
    try:
        with workspace.lock.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return Holder.model_validate_json(file.read())
    except FileNotFoundError:
        pass
    except ValidationError:
        raise _just_started(workspace.suffix) from None
    return None


def _write(descriptor: int, content: bytes) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, content, 0)


def _me() -> Holder:
    command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
    return Holder(
        pid=os.getpid(),
        user=getpass.getuser(),
        host=socket.gethostname(),
        command=command,
        since=datetime.now().astimezone(),
    )


def _locked(suffix: str, path: Path) -> StreamflixError:
    try:
        holder = Holder.model_validate(json.loads(path.read_bytes()))
    except (OSError, ValueError, ValidationError):
        return _just_started(suffix)
    who = f"{holder.user} on {holder.host}, process {holder.pid}, since {holder.since:%Y-%m-%d %H:%M:%S %Z}"
    if _alive(holder.pid):
        ending = f"Wait for it to end, or stop it with `kill -INT {holder.pid}`."
    else:
        ending = (
            "That process is gone, but the Terraform it started is still finishing; run this again in a moment. "
            "`streamflix unlock` with the same options shows which processes hold the lock."
        )
    return StreamflixError(
        "ENVIRONMENT_LOCKED", f"Another run works on `{suffix}`: `{holder.command}` ({who}).", hint=ending
    )


def _just_started(suffix: str) -> StreamflixError:
    return StreamflixError(
        "ENVIRONMENT_LOCKED",
        f"Another run on `{suffix}` has just started on this machine.",
        hint="Wait for it to end, then run the same command again.",
    )


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
