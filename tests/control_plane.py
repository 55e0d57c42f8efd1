"""The control plane of the local cloud, served for tests as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def serving(*flags: str, cloud: Path | None = None) -> Iterator[str]:
    """Serves until the block ends, and yields the endpoint.

    Args:
        flags: Further ones, as `--unmended`.
        cloud: The cloud's folder, where it finds the local databases.
    """
    folder = {"STREAMFLIX_LOCAL_CLOUD": str(cloud)} if cloud else {}
    process = subprocess.Popen(
        [sys.executable, "-m", "streamflix_cli.local.control_plane", "--port", "0", *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **folder},
    )
    with process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            process.wait(10)
