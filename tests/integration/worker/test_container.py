"""The worker as its container runs it: not root, without capabilities, on a file system that it cannot write to."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.tasks import USER
from tests.clips import make_clip
from tests.integration.worker.pipeline import Pipeline
from tests.integration.worker.test_process import Running

MOUNT = "/mnt"
CONTAIN = """
set -e
mount --bind "$PYTHON" "$TMPDIR"
if test -n "$CLOSED"; then
    mount -t tmpfs -o mode=0755 tmpfs "$CLOSED"
    mkdir -p "$PYTHON"
    mount --bind "$TMPDIR" "$PYTHON"
fi
mount -t tmpfs tmpfs "$TMPDIR"
install -m 0444 "$PGSSLROOTCERT" "$TMPDIR/ca.pem"
chown "$0" "$TMPDIR"
mount -o remount,bind,ro /
export PGSSLROOTCERT="$TMPDIR/ca.pem"
cd /
exec setpriv --reuid "${0%:*}" --regid "${0#*:}" --clear-groups --bounding-set=-all --no-new-privs "$@"
"""
"""In a mount namespace of its own; the first argument is the user. `CLOSED` is the folder on the way to the Python
installation that others may not enter, as `/root`; an empty one with the installation alone takes its place."""
COMMAND = ["unshare", "--mount", "--propagation", "private", "sh", "-c", CONTAIN, USER]


def variables() -> dict[str, str]:
    closed = (folder for folder in reversed(Path(sys.base_prefix).parents) if not folder.stat().st_mode & 0o001)
    return {
        "PATH": os.environ["PATH"],
        "TMPDIR": MOUNT,
        "PYTHON": sys.base_prefix,
        "CLOSED": str(next(closed, "")),
        "PGSSLROOTCERT": os.environ.get("PGSSLROOTCERT", "/dev/null"),
    }


def can_contain() -> bool:
    if os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "setpriv"))):
        return False
    return subprocess.run([*COMMAND, "true"], env=variables(), capture_output=True, check=False).returncode == 0


@pytest.fixture
def worker(pipeline: Pipeline, tmp_path: Path) -> Iterator[Running]:
    environment = {**pipeline.environment, **variables(), "SCRATCH_DIR": MOUNT}
    running = Running("worker", environment, tmp_path / "worker.log", python=[*COMMAND, sys.executable])
    yield running
    running.process.terminate()
    running.process.wait(30)


@pytest.mark.skipif(not can_contain(), reason="it takes root, and a kernel that lets root mount")
def test_a_video_is_published_where_only_the_scratch_volume_can_be_written(
    pipeline: Pipeline, worker: Running, tmp_path: Path
) -> None:
    job = pipeline.submit(make_clip(tmp_path / "clip.mp4", seconds=1))

    worker.wait_for(lambda: pipeline.published() == {job}, seconds=120)

    assert {line["level"] for line in worker.lines()} == {"INFO"}
    assert Path(f"/proc/{worker.process.pid}").stat().st_uid == int(USER.split(":")[0])
