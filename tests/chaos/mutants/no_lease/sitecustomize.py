"""A claim is for ever: no task comes back whose worker is lost."""

from lib.worker.store.leases import Leases

Leases.reap = lambda _: []
