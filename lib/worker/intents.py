"""Intents: what an attempt is about to write is declared first, so that housekeeping finds what a lost one left."""

from uuid import UUID

from lib.worker.objects import Objects
from lib.worker.store import Store

PARTS = "work/"
"""`work/JOB_ID/TOKEN/`: what an attempt keeps for later tasks of its job."""
_INTENT = "publishing.json"


def declare(objects: Objects, bucket: str, *, parts_prefix: str, title_prefix: str) -> None:
    """Says that an attempt will write below a title's prefix, whether or not it comes to publish that.

    Args:
        objects: Writes.
        bucket: The processed bucket.
        parts_prefix: `work/JOB_ID/TOKEN/` of the attempt.
        title_prefix: `titles/CONTENT_ID/JOB_ID/TOKEN/`.
    """
    objects.put_json({"prefix": title_prefix}, bucket, f"{parts_prefix}{_INTENT}")


def remove_unneeded(objects: Objects, bucket: str, store: Store) -> list[str]:
    """Removes parts of finished jobs, and what their attempts wrote for titles and nothing points to.

    Args:
        objects: Lists and removes.
        bucket: The processed bucket.
        store: Knows what must stay.

    Returns:
        The prefixes that are gone.
    """
    # What begins after the listing is not in it, so it cannot be taken for a leftover of what had ended by then.
    attempts = {
        attempt: UUID(job.removeprefix(PARTS).rstrip("/"))
        for job in objects.folders(bucket, PARTS)
        for attempt in objects.folders(bucket, job)
    }
    live = store.live(set(attempts.values()))
    removed = []
    for attempt, job_id in attempts.items():
        if job_id in live.unfinished:
            continue
        intent = objects.get_json(bucket, f"{attempt}{_INTENT}")
        if intent is not None and f"s3://{bucket}/{intent['prefix']}" not in live.published:
            objects.remove(bucket, intent["prefix"])
            removed.append(intent["prefix"])
        # Last, because it holds the intent.
        objects.remove(bucket, attempt)
        removed.append(attempt)
    return removed
