"""A claim is for ever: no task comes back whose worker is lost."""

from lib.worker.store.leases import Leases
from lib.worker.store.rows import Reaped


def reap(self: Leases) -> list[Reaped]:
    return []


Leases.reap = reap  # type: ignore[method-assign]
