"""Timing two programs in turn, A B A B …: absolute times of a shared machine mean little, neighbours' ratio holds."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from streamflix_cli.deploy.toolchain.node import find_node

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "JSII_NODE": str(find_node())}


@dataclass(frozen=True)
class Result:
    """One ratio and what it should be.

    Attributes:
        name: What was compared.
        measured: What was measured: the median wall time of the first program, for instance.
        against: What it is compared with.
        unit: Of both, `s` or `MiB`.
        ratio: Of the two; over several pairs, the median.
        target: As `<= 2` or `>= 9`.
    """

    name: str
    measured: float
    against: float
    unit: str
    ratio: float
    target: str

    @property
    def met(self) -> bool:
        """Whether the ratio reaches the target."""
        relation, bound = self.target.split()
        return self.ratio <= float(bound) if relation == "<=" else self.ratio >= float(bound)


def timed(command: list[str], environment: dict[str, str] | None = None, *, cwd: Path = ROOT) -> float:
    """Wall seconds of a command that must succeed."""
    start = time.perf_counter()
    with subprocess.Popen(
        command, cwd=cwd, env=environment or ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            output, _ = process.communicate()
        except KeyboardInterrupt:
            process.terminate()  # not killed: `streamflix` ends Terraform before itself
            raise
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{output}")
    return time.perf_counter() - start


def compare(name: str, first: Callable[[], float], second: Callable[[], float], *, target: str, pairs: int) -> Result:
    """Times both in turn, after one pair that does not count."""
    Console(stderr=True).print(f"measuring: {name}", highlight=False)
    first(), second()
    times = [(first(), second()) for _ in range(pairs)]
    ratio = statistics.median(a / b for a, b in times)
    a, b = (statistics.median(column) for column in zip(*times, strict=True))
    return Result(name, round(a, 3), round(b, 3), "s", round(ratio, 3), target)
