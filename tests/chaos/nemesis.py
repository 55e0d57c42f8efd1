"""The nemesis: injects every kind of fault, in rounds, in an order that the seed draws."""

import random
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import psutil
import psycopg
from botocore.exceptions import BotoCoreError, ClientError

from lib.rotation.handler import RotationError
from tests.chaos.environment import Environment
from tests.chaos.faults import ON_SERVICES, ON_WORKERS, Hit, Inject, Means
from tests.chaos.moments import Moments
from tests.chaos.proxy import FaultProxy

PAUSE_SECONDS = 1.5
"""Between two faults of a lane, on average."""
LANES: Mapping[str, Mapping[str, Inject]] = {"workers": ON_WORKERS, "services": ON_SERVICES}
REPLAY = "pipe killed and replayed"
OUT_OF_REACH = (BotoCoreError, ClientError, psutil.Error, psycopg.Error, RotationError, OSError, ValueError)
"""How a fault misses because another has just hit what it needs."""


@dataclass(frozen=True)
class Fault:
    """A fault that was injected."""

    kind: str
    hit: Hit


class Nemesis:
    """Two lanes of faults, one on workers and one on what they stand on, side by side.

    Args:
        environment: The victim.
        proxy: Between it and AWS.
        seed: Of kinds, order and pauses.
        stop: Ends both lanes; a fault that is under way is undone first.
    """

    def __init__(self, environment: Environment, proxy: FaultProxy, *, seed: int, stop: threading.Event) -> None:
        self.faults: list[Fault] = []
        self.rounds = dict.fromkeys(LANES, 0)
        """Rounds that each lane has completed."""
        self._stop = stop
        moments = Moments(environment, stop)
        self._means = {
            name: Means(environment, moments, proxy, random.Random(f"{name} {seed}"), stop) for name in LANES
        }
        self._pool = ThreadPoolExecutor(len(LANES), thread_name_prefix="nemesis")
        self._lanes: list[Future[None]] = []

    def start(self) -> None:
        """Starts both lanes."""
        for name, kinds in LANES.items():
            self._lanes.append(self._pool.submit(self._run, name, kinds, self._means[name]))

    def join(self) -> None:
        """Waits until both have ended; raises what one of them did not foresee."""
        self._pool.shutdown()
        for lane in self._lanes:
            lane.result()

    @property
    def has_failed(self) -> bool:
        """Whether a lane ended before it was told to."""
        return any(lane.done() for lane in self._lanes) and not self._stop.is_set()

    def replay(self) -> None:
        """Once more, and for certain, lets the pipe begin anew: what was taken off the queue comes again."""
        while not self._inject(REPLAY, ON_SERVICES[REPLAY], self._means["services"]):
            time.sleep(PAUSE_SECONDS)

    @property
    def missing(self) -> list[str]:
        """Kinds that were not injected yet."""
        injected = {fault.kind for fault in self.faults}
        return [kind for kind in (*ON_WORKERS, *ON_SERVICES) if kind not in injected]

    def _run(self, name: str, kinds: Mapping[str, Inject], means: Means) -> None:
        for round_ in rounds(list(kinds), means.random):
            for kind in round_:
                if self._stop.wait(means.random.expovariate(1 / PAUSE_SECONDS)):
                    return
                self._inject(kind, kinds[kind], means)
            self.rounds[name] += 1

    def _inject(self, kind: str, inject: Inject, means: Means) -> bool:
        try:
            hit = inject(means)
        except OUT_OF_REACH:
            hit = None
        if hit is not None:
            self.faults.append(Fault(kind, hit))
        return hit is not None


def rounds(kinds: list[str], random_: random.Random) -> Iterator[list[str]]:
    """All kinds in one order after another."""
    while True:
        yield random_.sample(kinds, len(kinds))
