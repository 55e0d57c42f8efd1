"""Anchors the audit trail: its head, in a bucket where nobody can change it for years."""

import logging
from datetime import UTC, datetime

from lib.worker.objects import Objects
from lib.worker.store import Store

logger = logging.getLogger(__name__)
PREFIX = "audit/heads/"


def anchor(store: Store, objects: Objects, bucket: str | None) -> None:
    """Writes position and hash of the trail's head to `audit/heads/POSITION.json`, once for each position.

    It never fails: the next publication or housekeeping anchors a later head, which covers this one.

    Args:
        store: Knows the head.
        objects: Writes.
        bucket: The evidence bucket; None where nothing is kept as evidence.
    """
    if bucket is None:
        return
    try:
        head = store.audit_head()
        if head is None:
            return
        position, digest = head
        objects.put_json(
            {"position": position, "hash": digest, "anchored_at": datetime.now(UTC).isoformat()},
            bucket,
            f"{PREFIX}{position:020d}.json",
        )
    except Exception:
        logger.exception("The head of the audit trail could not be anchored")
