"""Kills a command at a random moment, then recovers as a person would and holds the environment to account."""

import json
import random
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

import psutil

from tests.finished import Finished

Victim = Literal["streamflix", "cdktf", "terraform"]
KILLS: tuple[tuple[Victim, signal.Signals], ...] = (
    ("streamflix", signal.SIGINT),
    ("streamflix", signal.SIGTERM),
    ("streamflix", signal.SIGKILL),
    ("cdktf", signal.SIGKILL),
    ("terraform", signal.SIGKILL),
)
NOBODY = "nobody: it had ended"
APPEAR_SECONDS = 20
QUIET_SECONDS = 600


@dataclass(frozen=True)
class Environment:
    """An environment to be ill-treated.

    Attributes:
        start: Starts a `streamflix` command on it, with `--yes --json`.
        run: Runs one to its end.
        unknown: Returns what exists of it and is not in its state, as `type id`.
    """

    start: Callable[[str], subprocess.Popen[bytes]]
    run: Callable[..., Finished]
    unknown: Callable[[], list[str]]


@dataclass(frozen=True)
class Trial:
    """What one kill did.

    Attributes:
        command: `deploy` or `destroy`.
        victim: Which process got the signal.
        signal: Its name.
        moment: Seconds after the start.
        code: Exit code of the command: 0 if it had ended before, negative if it was killed.
        unknown: What existed afterwards that the state did not know.
        locks: Whose locks `unlock` released, as `kind of place`.
        recovered_by: `deploy`, or `destroy --sweep`.
    """

    command: str
    victim: str
    signal: str
    moment: float
    code: int
    unknown: list[str]
    locks: list[str]
    recovered_by: str

    def row(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


class Torment:
    """A sequence of kills on one environment: what the last one left is what the next one begins with.

    Args:
        environment: The environment, of which nothing exists yet.
        seed: Of every choice.
        seconds: How long a deploy takes about; how long a destroy does is learned from the first that ends.
    """

    def __init__(self, environment: Environment, *, seed: int, seconds: float) -> None:
        self._environment = environment
        self._random = random.Random(seed)
        self._seconds = {"deploy": seconds, "destroy": seconds}
        self._deployed = False

    def kill(self) -> Trial:
        """Kills the next command, recovers, and checks that everything is accounted for."""
        command = "destroy" if self._deployed else "deploy"
        victim, number = self._random.choice(KILLS)
        moment = round(self._random.uniform(1, self._seconds[command]), 1)
        process = self._environment.start(command)
        began = time.monotonic()
        self._strike(process, victim, number, began + moment)
        code = process.wait(QUIET_SECONDS)
        if code == 0:
            self._seconds[command] = min(self._seconds[command], time.monotonic() - began)
        locks = self._release()
        unknown = self._environment.unknown()
        sweep = command == "destroy" and self._random.random() < 0.5
        recovered_by = self._sweep() if sweep else self._deploy()
        return Trial(
            command=command,
            victim=victim if code else NOBODY,
            signal=number.name,
            moment=moment,
            code=code,
            unknown=unknown,
            locks=locks,
            recovered_by=recovered_by,
        )

    def _strike(self, process: subprocess.Popen[bytes], victim: Victim, number: signal.Signals, at: float) -> None:
        """Sends the signal when the moment has come and the victim is there."""
        while time.monotonic() < at + APPEAR_SECONDS and process.poll() is None:
            if time.monotonic() >= at:
                if victim == "streamflix":
                    process.send_signal(number)
                    return
                for one in _beneath(process, victim):
                    one.send_signal(number)
                    return
            time.sleep(0.05)

    def _release(self) -> list[str]:
        """Releases what `unlock` shows; waits as long as it names a living process."""
        deadline = time.monotonic() + QUIET_SECONDS
        while (done := self._environment.run("unlock")).code == 3:
            assert json.loads(done.out)["error"]["code"] == "ENVIRONMENT_LOCKED", done.out
            assert time.monotonic() < deadline, done.out
            time.sleep(1)
        assert done.code == 0, done.out
        return [f"{one['kind']} of {one['who'].partition('@')[0]}" for one in json.loads(done.out)["data"]["held"]]

    def _deploy(self) -> str:
        deployed = self._environment.run("deploy")
        assert deployed.code == 0, deployed.out
        assert self._environment.unknown() == []
        planned = self._environment.run("plan")
        assert (planned.code, json.loads(planned.out)["data"]["changes"]) == (0, []), planned.out
        self._deployed = True
        return "deploy"

    def _sweep(self) -> str:
        swept = self._environment.run("destroy", "--sweep")
        assert (swept.code, json.loads(swept.out)["data"]["leftovers"]) == (0, []), swept.out
        assert self._environment.unknown() == []
        self._deployed = False
        return "destroy --sweep"


def _beneath(process: subprocess.Popen[bytes], victim: Victim) -> list[psutil.Process]:
    """cdktf, or the Terraform that it has started."""
    try:
        children = psutil.Process(process.pid).children(recursive=True)
        if victim == "cdktf":  # and not jsii's kernel, which is a node of ours as well
            return [one for one in children if one.ppid() == process.pid and "cdktf-cli" in " ".join(one.cmdline())]
        named = [one for one in children if one.name().startswith("terraform")]
        return [one for one in named if not one.name().startswith("terraform-provider")]
    except psutil.Error:
        return []
