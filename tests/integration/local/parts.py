"""Parts of the local cloud, run by hand against a control plane."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

REGION = "us-east-1"


class RunningPart:
    """A part as the supervisor starts it; its standard input stays open while it is to live."""

    def __init__(self, name: str, root: Path, endpoint: str, *options: str) -> None:
        command = [sys.executable, "-m", f"streamflix_cli.local.{name}", str(root), "--endpoint", endpoint]
        self.process = subprocess.Popen([*command, "--token", "t", *options], stdin=subprocess.PIPE)

    def terminate(self) -> int:
        self.process.terminate()
        return self.process.wait(5)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def eventually(look: Callable[[], Any], seconds: float = 20) -> Any:
    """What `look` returns once it is true."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {seconds} s, but {found!r}"
        time.sleep(0.1)
