"""No lease: what a worker has claimed stays its own, whether or not it lives."""

from lib.worker.store.leases import Leases
from lib.worker.store.rows import Reaped


def reap(self: Leases) -> list[Reaped]:
    return []


Leases.reap = reap  # type: ignore[method-assign]
