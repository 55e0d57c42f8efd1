"""What faults have in common."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos.environment import Environment
from tests.chaos.moments import Moments
from tests.chaos.proxy import FaultProxy


@dataclass(frozen=True)
class Hit:
    """What a fault hit.

    Attributes:
        at: Seconds since the epoch.
        killed: Jobs whose tasks were in the hands of workers that it killed.
    """

    at: float
    detail: str
    killed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Means:
    """What a fault is injected with.

    Attributes:
        random: Draws.
        stop: Set when the nemesis is to end; a fault then undoes what it did and returns.
    """

    environment: Environment
    moments: Moments
    proxy: FaultProxy
    random: random.Random
    stop: threading.Event


Inject = Callable[[Means], Hit | None]
