"""Reads what a run left behind."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import psycopg
from psycopg.rows import DictRow

from lib.contracts.audit import HIDDEN_QUERY, TRAIL_QUERY, AuditEvent, Seal
from tests.chaos.environment import Environment
from tests.chaos.history import Accepted, History, Job, Rendition, StoredObject, Task

READERS = 8
TEXTS = (".m3u8", ".mpd", "checksums.json")
QUEUES = {
    "jobs": "jobs_queue_url",
    "dead letters": "jobs_dead_letter_queue_url",
    "pipe dead letters": "pipe_dead_letter_queue_url",
}
_DEPTHS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
_JOBS = """
    SELECT job_id::text, content_id, sha256, ladder_version, state, reason_code, reason, published_prefix,
           published_token
    FROM job
"""
_TASKS = "SELECT task_id::text, job_id::text, kind, state, attempts, max_attempts, lease_token, result FROM task"
_RENDITIONS = "SELECT job_id::text, name, path, bytes, sha256 FROM rendition"
_ANNOUNCED = """
    SELECT payload ->> 'job_id' AS job_id FROM outbox WHERE kind = 'event' AND payload ->> 'type' = 'video.published'
"""


def collect(environment: Environment, accepted: Iterable[Accepted]) -> History:
    """Reads database, buckets and queues.

    Args:
        environment: Everything in it rests.
        accepted: What the client was told.
    """
    with environment.database() as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        jobs = tuple(Job(**row) for row in connection.execute(_JOBS))
        return History(
            accepted=tuple(accepted),
            jobs=jobs,
            tasks=tuple(Task(**row) for row in connection.execute(_TASKS)),
            renditions=tuple(Rendition(**row) for row in connection.execute(_RENDITIONS)),
            trail=_trail(connection),
            audit_key=environment.secret("audit_key_arn"),
            hidden=tuple(row["event_id"] for row in connection.execute(HIDDEN_QUERY)),
            unsealed=connection.execute("SELECT FROM audit_unsealed").rowcount,
            announced=tuple(row["job_id"] for row in connection.execute(_ANNOUNCED)),
            objects=_objects(environment, [job.published_prefix for job in jobs if job.published_prefix]),
            queues={name: depth(environment, name) for name in QUEUES},
        )


def depth(environment: Environment, name: str) -> int:
    """Messages in a queue, whether visible, in flight or delayed."""
    attributes = environment.client("sqs").get_queue_attributes(
        QueueUrl=environment.outputs[QUEUES[name]], AttributeNames=list(_DEPTHS)
    )["Attributes"]
    return sum(int(attributes[one]) for one in _DEPTHS)


def _trail(connection: psycopg.Connection[DictRow]) -> tuple[tuple[Seal, AuditEvent | None], ...]:
    rows = connection.execute(f"{TRAIL_QUERY} ORDER BY s.position")
    return tuple(
        (
            Seal(row["position"], row["sealed_event_id"], row["previous_hash"], row["hash"]),
            None if row["event_id"] is None else AuditEvent.model_validate(row),
        )
        for row in rows
    )


def _objects(environment: Environment, prefixes: Iterable[str]) -> dict[str, StoredObject]:
    """Everything below published prefixes, by URI."""
    s3 = environment.client("s3")

    def read(prefix: str) -> dict[str, StoredObject]:
        bucket, _, path = prefix.removeprefix("s3://").partition("/")
        found = {}
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=path):
            for one in page.get("Contents", []):
                content: bytes = s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read()
                text = content.decode() if one["Key"].endswith(TEXTS) else None
                found[f"s3://{bucket}/{one['Key']}"] = StoredObject(len(content), sha256(content).hexdigest(), text)
        return found

    with ThreadPoolExecutor(READERS) as readers:
        return {uri: stored for found in readers.map(read, prefixes) for uri, stored in found.items()}
