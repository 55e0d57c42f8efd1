"""Starting, stopping and looking at the local cloud."""

import importlib.util
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import psutil

from streamflix_cli.errors import StreamflixError
from streamflix_cli.local import ecs, processes
from streamflix_cli.local.folder import CloudFolder, usable
from streamflix_cli.local.models import (
    CONTROL_PLANE,
    CloudRecord,
    EnvironmentStatus,
    LocalCloud,
    LocalStatus,
    PartRecord,
    PartStatus,
)

START_SECONDS = 60.0
"""How long a start may take on a busy machine; 3 s is usual."""
CRASHES_OF_A_FAILED_START = 2
STOP_SECONDS = 15.0
"""For the supervisor, which gives each part 5 s; a part without one has nothing to put away."""
LEFT_OVER_SECONDS = 2.0


def up(root: Path, *, port: int = 0) -> LocalCloud:
    """Starts the local cloud of a project folder, or returns the one that runs.

    Args:
        root: The project folder.
        port: Loopback port of the endpoint; 0 takes a free one. Ignored if the cloud runs.

    Raises:
        StreamflixError: MISSING_EXTRA, LOCAL_FILES_UNUSABLE, LOCAL_PORT_TAKEN, LOCAL_START_FAILED.
    """
    if importlib.util.find_spec("moto") is None:
        raise StreamflixError(
            "MISSING_EXTRA",
            "The local cloud is not installed.",
            hint="Install it: pip install 'streamflix[local]'.",
        )
    folder = CloudFolder(root)
    with folder.locked():
        record = folder.read()
        if record is None or processes.find(record.supervisor) is None:
            if record is not None:
                _end(folder, record)
            with usable(folder.path):
                folder.forget()
                log = folder.log("supervisor").open("wb")
            with log, _listen(port) as listener:
                supervisor = _start_supervisor(folder, listener, log.fileno())
            try:
                return _wait_until_ready(folder, supervisor)
            except BaseException:
                # Also for Ctrl-C: a cloud that nobody saw start is not left behind.
                _end_supervisor(folder, supervisor)
                raise
        return _wait_until_ready(folder, None)


def down(root: Path) -> bool:
    """Stops the local cloud of a project folder, whatever is left of it.

    Returns:
        Whether anything was running.

    Raises:
        StreamflixError: LOCAL_FILES_UNUSABLE, LOCAL_STOP_FAILED.
    """
    folder = CloudFolder(root)
    if not folder.path.exists():
        return False
    with folder.locked():
        record = folder.read()
        stopped = record is not None and _end(folder, record)
        with usable(folder.path):
            folder.forget()
        return stopped


def status(root: Path) -> LocalStatus:
    """Looks at the local cloud of a project folder without changing anything."""
    folder = CloudFolder(root)
    record = folder.read()
    running = record is not None and processes.find(record.supervisor) is not None
    instance_id = record.instance_id if record and running else None
    return LocalStatus(
        endpoint=record.endpoint if record and running else None,
        instance_id=instance_id,
        parts=tuple(_part_status(part) for part in record.parts) if record else (),
        environments=tuple(
            EnvironmentStatus(name=name, state="deployed" if one and one.instance_id == instance_id else "gone")
            for name, one in folder.deployed().items()
        ),
    )


def credentials_environment(cloud: LocalCloud) -> dict[str, str]:
    """Environment variables that point the AWS SDKs, and Terraform, at the local cloud.

    The region is left to the caller. Variables named `AWS_…` that the caller inherited must be dropped
    first: a profile, a session token or a service's own endpoint would win over these.
    """
    return {
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _listen(port: int) -> socket.socket:
    """Binds the endpoint here, so that no other program can take the port before the server has it."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise StreamflixError(
            "LOCAL_PORT_TAKEN",
            f"The local cloud cannot listen on 127.0.0.1:{port}: {error.strerror}.",
            hint="Choose another --port, or leave it out to take a free one.",
        ) from error
    return listener


def _start_supervisor(folder: CloudFolder, listener: socket.socket, log: int) -> subprocess.Popen[bytes]:
    token = uuid.uuid4().hex
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "streamflix_cli.local.supervisor",
            str(folder.root),
            "--token",
            token,
            "--endpoint",
            f"http://127.0.0.1:{listener.getsockname()[1]}",
            "--listener",
            str(listener.fileno()),
        ],
        # Its own session: a Ctrl-C in this terminal, or the terminal's end, must not reach it.
        start_new_session=True,
        pass_fds=[listener.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd="/",
    )


def _wait_until_ready(folder: CloudFolder, supervisor: subprocess.Popen[bytes] | None) -> LocalCloud:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        record = folder.read()
        if record is not None and _answers(record.endpoint):
            # Read again: the part may have been restarted between the two.
            record = folder.read() or record
            return LocalCloud(endpoint=record.endpoint, instance_id=record.instance_id)
        crashing = record is not None and any(part.restarts > CRASHES_OF_A_FAILED_START for part in record.parts)
        if supervisor is not None and (crashing or supervisor.poll() is not None):
            break
        time.sleep(0.05)
    raise StreamflixError(
        "LOCAL_START_FAILED",
        f"The local cloud did not start: {_last_words(folder)}",
        hint=f"Read the logs in {folder.path}, then run `streamflix local down` and `streamflix local up`.",
    )


def _answers(endpoint: str) -> bool:
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{endpoint}/moto-api/", timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


def _last_words(folder: CloudFolder) -> str:
    for name in (CONTROL_PLANE, "supervisor"):
        try:
            lines = folder.log(name).read_text(encoding="utf-8", errors="replace").strip().splitlines()
        except OSError:
            continue
        if lines:
            return lines[-1]
    return f"no answer within {START_SECONDS:.0f} s."


def _end(folder: CloudFolder, record: CloudRecord) -> bool:
    """Ends the supervisor, which ends its parts; then whatever of them, and of their tasks, is left."""
    try:
        stopped = processes.stop(record.supervisor, grace_seconds=STOP_SECONDS)
        for part in record.parts:
            stopped |= processes.stop(part.process, grace_seconds=LEFT_OVER_SECONDS)
    except psutil.TimeoutExpired as error:
        raise StreamflixError(
            "LOCAL_STOP_FAILED",
            f"Process {error.pid} of the local cloud does not end.",
            hint="Run `streamflix local down` again in a moment.",
        ) from error
    ecs.down(folder.path)
    return stopped


def _end_supervisor(folder: CloudFolder, supervisor: subprocess.Popen[bytes]) -> None:
    supervisor.terminate()
    try:
        supervisor.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        supervisor.kill()
        supervisor.wait()
    record = folder.read()
    if record is not None:
        _end(folder, record)
    folder.forget()


def _part_status(part: PartRecord) -> PartStatus:
    alive = processes.find(part.process) is not None
    return PartStatus(
        name=part.name,
        pid=part.process.pid if part.process and alive else None,
        state="running" if alive else "restarting" if part.state == "restarting" else "stopped",
        restarts=part.restarts,
        uptime_seconds=max(0, int(time.time() - part.since)) if alive else None,
        log=part.log,
        last_exit=part.last_exit,
    )
