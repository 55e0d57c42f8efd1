"""Large objects move through a small process."""

import os
import subprocess
import sys
from pathlib import Path

from tests.integration.worker.pipeline import REGION, Clients, Deployed

SIZE = 128 * 1024 * 1024
MOST_MIB = 150


def test_moving_a_large_object_takes_no_more_memory_than_a_small_one(
    clients: Clients, deployed: Deployed, aws: dict[str, str], tmp_path: Path
) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(SIZE)
    program = f"""
import re, threading
from pathlib import Path
import boto3
import lib.worker.__main__
from lib.worker.objects import Objects

folder, cancel = Path({str(tmp_path)!r}), threading.Event()
objects = Objects(boto3.client("s3", region_name={REGION!r}))
where = objects.upload(folder / "large", {deployed.raw!r}, "large", cancel=cancel)
objects.download(where, folder / "down", cancel=cancel)
(folder / "again").mkdir()
objects.download_folder({deployed.raw!r}, "", folder / "again", cancel=cancel)
assert (folder / "again" / "large").stat().st_size == (folder / "down").stat().st_size == {SIZE}
# The peak of this process alone; ru_maxrss has that of the process it was forked from.
print(int(re.search("VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **aws}, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < MOST_MIB
