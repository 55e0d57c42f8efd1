"""I5: what viewers get is what the winner of the lease wrote, every byte of it."""

import json
from collections.abc import Iterator, Mapping

from tests.chaos.history import History, Job, StoredObject, Task
from tests.chaos.invariants.violation import Broken
from tests.chaos.manifests import reachable

CHECKSUMS = "checksums.json"
"""Lists all published files but itself, with their sizes and digests."""


def published_bytes_are_the_winners(history: History) -> Iterator[Broken]:
    """I5: of every published job, tokens, prefixes, checksums and what its manifests reach agree."""
    for job in history.jobs:
        if job.state == "published":
            tasks = [task for task in history.tasks if task.job_id == job.job_id]
            yield from _tokens(job, tasks)
            yield from _files(job, history)


def _tokens(job: Job, tasks: list[Task]) -> Iterator[Broken]:
    """Who published is who claimed the task last, under its own prefix; the same holds for what was encoded."""
    finishing = [task for task in tasks if task.kind == "finish"]
    tokens = [task.lease_token for task in finishing]
    if tokens != [job.published_token]:
        yield Broken(job.job_id, f"token {job.published_token} published it; the last claims to finish were {tokens}")
    for task in finishing:
        told = (task.result or {}).get("prefix")
        if told != job.published_prefix:
            yield Broken(job.job_id, f"{job.published_prefix} is published; its finish task says {told}")
    if not (job.published_prefix or "").endswith(f"/{job.content_id}/{job.job_id}/{job.published_token}/"):
        yield Broken(job.job_id, f"{job.published_prefix} is not the prefix of token {job.published_token}")
    for task in tasks:
        if task.kind == "encode":
            prefix, own = (task.result or {}).get("prefix"), f"work/{job.job_id}/{task.lease_token}/"
            if prefix != own:
                yield Broken(job.job_id, f"what was encoded lies under {prefix}; its last claim's prefix is {own}")


def _files(job: Job, history: History) -> Iterator[Broken]:
    prefix = str(job.published_prefix)
    stored = {uri.removeprefix(prefix): stored for uri, stored in history.objects.items() if uri.startswith(prefix)}
    listed = _listed(stored)
    if listed is None:
        yield Broken(job.job_id, f"{prefix} has no {CHECKSUMS}")
        return
    for uri in reachable(prefix, history.objects):
        if not uri.startswith(prefix):
            yield Broken(job.job_id, f"its manifests lead to {uri}, out of {prefix}")
        elif uri.removeprefix(prefix) not in listed:
            yield Broken(job.job_id, f"its manifests lead to {uri}, which {CHECKSUMS} does not list")
    for path in stored.keys() - listed.keys() - {CHECKSUMS}:
        yield Broken(job.job_id, f"{CHECKSUMS} does not list {path}")
    for path, checksum in listed.items():
        if path not in stored:
            yield Broken(job.job_id, f"{path} is listed and not there")
        elif (stored[path].bytes, stored[path].sha256) != checksum:
            yield Broken(job.job_id, f"{path} is not what {CHECKSUMS} says")
    for rendition in history.renditions:
        if rendition.job_id == job.job_id and listed.get(rendition.path) != (rendition.bytes, rendition.sha256):
            yield Broken(job.job_id, f"{rendition.path} is not what the database says of {rendition.name}")


def _listed(stored: Mapping[str, StoredObject]) -> dict[str, tuple[int, str]] | None:
    """Size and digest of each file by its path."""
    text = stored[CHECKSUMS].text if CHECKSUMS in stored else None
    if text is None:
        return None
    return {path: (one["bytes"], one["sha256"]) for path, one in json.loads(text).items()}
