"""The queue of record: every change of a job or task, each one transaction."""

from lib.worker.store.leases import Leases
from lib.worker.store.results import Results
from lib.worker.store.submissions import Submissions
from lib.worker.store.upkeep import Upkeep
from lib.worker.store.webhooks import Webhooks


class Store(Submissions, Leases, Results, Upkeep, Webhooks):
    """Jobs and tasks in PostgreSQL.

    Each method is one transaction, audit trail included. Methods that take a claim raise `LeaseLostError`, having
    changed nothing, when the task is no longer the claimant's. Those that carry a job on (`complete_...`, `publish`)
    raise `CancelledError`, having changed nothing, when the job is to be cancelled: the worker then calls `cancelled`.
    Threads may share a store.

    Args:
        database: Where the tables are.
        audit_key: Seals the audit trail.
        settings: How patient the queue is.
    """
