"""A scratch volume without room."""

import subprocess
import time
from pathlib import Path

from tests.chaos.faults.fault import Hit, Means

FULL_SECONDS = 3.0
SIZE = "64k"


def fill(means: Means) -> Hit | None:
    """Puts a tiny file system in the place of every worker's task folders for some seconds. Needs root."""
    at = time.time()
    folders = [worker.scratch / "tasks" for worker in means.environment.workers()]
    mounted = [folder for folder in folders if _mount(folder)]
    try:
        means.stop.wait(FULL_SECONDS)
    finally:
        for folder in mounted:
            # Lazily: a worker may have files open in it.
            subprocess.run(["umount", "--lazy", folder], check=False, capture_output=True)
    return Hit(at, f"{len(mounted)} workers") if mounted else None


def _mount(folder: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    return folder.is_dir() and subprocess.run(command, check=False, capture_output=True).returncode == 0
