"""One environment, its worker, and whoever submits to it."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from psycopg.rows import DictRow

from lib.contracts.content import ContentRecord
from lib.contracts.identity import job_id
from lib.contracts.ladder import Rung, ladder_version
from lib.contracts.records import Location, ObjectLocation, VideoSubmitted
from lib.contracts.states import Priority
from lib.worker.consumer import Consumer
from lib.worker.housekeep import Housekeeping
from tests.postgresql import PostgreSQL

REGION = "eu-west-1"
Clients = Callable[[str], Any]
LADDER = (
    Rung(height=180, bitrate_kbps=300, max_bitrate_kbps=450),
    Rung(height=144, bitrate_kbps=150, max_bitrate_kbps=225),
)
PROCESSING = {
    "lease_seconds": 15,
    "max_attempts": 2,
    "backoff_base_seconds": 1,
    "backoff_cap_seconds": 1,
    "ladder": [rung.model_dump() for rung in LADDER],
}


@dataclass(frozen=True)
class Deployed:
    """Names of one test's own resources."""

    raw: str
    processed: str
    evidence: str
    stream: str
    queue_url: str
    dead_letter_url: str
    pipe_dead_letter_url: str
    topic_arn: str
    events_url: str


@dataclass
class Pipeline:
    """One environment, its worker, and whoever submits to it."""

    deployed: Deployed
    clients: Clients
    environment: dict[str, str]
    consumer: Consumer
    housekeeping: Housekeeping
    database_name: str
    postgresql: PostgreSQL
    _sequence: Iterator[int]

    def upload(self, path: Path) -> ObjectLocation:
        key = f"uploads/{uuid4()}/{path.name}"
        answer = self.clients("s3").put_object(Bucket=self.deployed.raw, Key=key, Body=path.read_bytes())
        return ObjectLocation(bucket=self.deployed.raw, key=key, version_id=answer["VersionId"])

    def submission(
        self, path: Path, location: Location | None = None, *, priority: Priority = "normal", **content: Any
    ) -> VideoSubmitted:
        """A record that submits a file, which is uploaded unless it lies somewhere already."""
        record = ContentRecord(id="film", titles={"en": "Film"}, **content)
        digest = sha256(path.read_bytes()).hexdigest()
        version = ladder_version(LADDER)
        return VideoSubmitted(
            job_id=job_id(record.id, digest, version),
            content=record,
            file_name=path.name,
            size=path.stat().st_size,
            sha256=digest,
            ladder_version=version,
            priority=priority,
            location=location or self.upload(path),
            submitted_at=datetime.now(UTC),
            submitted_by="person:0123456789abcdef",
        )

    def submit(
        self, path: Path, location: Location | None = None, *, priority: Priority = "normal", **content: Any
    ) -> UUID:
        """Puts a submission of a file into the jobs queue, as the pipe does."""
        submission = self.submission(path, location, priority=priority, **content)
        envelope = {
            "eventSource": "aws:kinesis",
            "partitionKey": f"submit/{submission.job_id}",
            "sequenceNumber": str(next(self._sequence)),
            "data": base64.b64encode(submission.to_bytes()).decode(),
        }
        self.send(json.dumps(envelope))
        return submission.job_id

    def send(self, body: str) -> None:
        self.clients("sqs").send_message(QueueUrl=self.deployed.queue_url, MessageBody=body)

    def work(self) -> int:
        """Lets the worker work until nobody rings any more; returns how many tasks it did."""
        done = 0
        while self.queued():
            done += self.consumer.turn(wait_seconds=2)
        return done

    def queued(self) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"]
        attributes = self.clients("sqs").get_queue_attributes(
            QueueUrl=self.deployed.queue_url, AttributeNames=[*names, "ApproximateNumberOfMessagesNotVisible"]
        )["Attributes"]
        return sum(int(attributes[name]) for name in names)

    def received(self, queue_url: str) -> list[dict[str, Any]]:
        """All messages of another queue."""
        sqs, messages = self.clients("sqs"), []
        while found := sqs.receive_message(
            QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], WaitTimeSeconds=0
        ).get("Messages"):
            messages += found
        return messages

    def query(self, statement: str, *values: object, login: str = "operator") -> list[DictRow]:
        with self.postgresql.connect(self.database_name, login) as connection:
            return connection.execute(statement, values).fetchall()

    def job(self, job: UUID) -> DictRow:
        (row,) = self.query("SELECT * FROM job WHERE job_id = %s", job)
        return row

    def end_long_ago(self) -> None:
        """Puts back when jobs ended, so that housekeeping takes their workers to be gone."""
        self.query("UPDATE job SET finished_at = finished_at - interval '1 hour' RETURNING 1", login="app")

    def published(self) -> set[UUID]:
        rows = self.query("SELECT job_id FROM job WHERE state = 'published'")
        return {row["job_id"] for row in rows}

    def tasks(self, job: UUID) -> list[DictRow]:
        return self.query("SELECT * FROM task WHERE job_id = %s ORDER BY created_at, segment", job)

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        contents = self.clients("s3").list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        return [entry["Key"] for entry in contents]
