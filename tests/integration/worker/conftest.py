"""A worker in what the stack would have deployed: buckets, queues, stream, topic, database."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import boto3
import pytest
from botocore.config import Config
from psycopg.rows import DictRow

from lib.contracts.content import ContentRecord
from lib.contracts.identity import job_id
from lib.contracts.ladder import Rung, ladder_version
from lib.contracts.records import Location, ObjectLocation, VideoSubmitted
from lib.contracts.states import Priority
from lib.worker.assembly import app_database, make_consumer, make_housekeeping
from lib.worker.consumer import Consumer
from lib.worker.housekeep import Housekeeping
from lib.worker.settings import Settings
from tests import postgresql as server
from tests.postgresql import PostgreSQL

REGION = "eu-west-1"
ACCOUNT = "123456789012"
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

Clients = Callable[[str], Any]


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "streamflix_cli.local.control_plane", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def clients(endpoint: str) -> Clients:
    def client(service: str) -> Any:
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries={"total_max_attempts": 2}, s3={"addressing_style": "path"}),
        )

    return client


@dataclass(frozen=True)
class Deployed:
    """Names of one test's own resources."""

    raw: str
    processed: str
    evidence: str
    stream: str
    queue_url: str
    dead_letter_url: str
    topic_arn: str
    events_url: str


@pytest.fixture
def deployed(clients: Clients) -> Deployed:
    suffix = uuid4().hex[:8]
    s3, sqs, sns = clients("s3"), clients("sqs"), clients("sns")
    raw, processed, evidence = (f"{name}-{suffix}" for name in ("raw", "processed", "evidence"))
    for bucket in (raw, processed, evidence):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    clients("kinesis").create_stream(StreamName=f"stream-{suffix}", ShardCount=2)
    jobs, dead, events = (
        sqs.create_queue(QueueName=f"{name}-{suffix}", Attributes={"VisibilityTimeout": "15"})["QueueUrl"]
        for name in ("jobs", "dead", "events")
    )
    topic = sns.create_topic(Name=f"events-{suffix}")["TopicArn"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:events-{suffix}",
        Attributes={"RawMessageDelivery": "true"},
    )
    return Deployed(raw, processed, evidence, f"stream-{suffix}", jobs, dead, topic, events)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    with server.running() as running:
        yield running


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

    def submit(
        self, path: Path, location: Location | None = None, *, priority: Priority = "normal", **content: Any
    ) -> UUID:
        """Puts a submission of a file into the jobs queue, as the pipe does."""
        record = ContentRecord(id="film", titles={"en": "Film"}, **content)
        digest = sha256(path.read_bytes()).hexdigest()
        version = ladder_version(LADDER)
        submission = VideoSubmitted(
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

    def published(self) -> set[UUID]:
        rows = self.query("SELECT job_id FROM job WHERE state = 'published'")
        return {row["job_id"] for row in rows}

    def tasks(self, job: UUID) -> list[DictRow]:
        return self.query("SELECT * FROM task WHERE job_id = %s ORDER BY created_at, segment", job)

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        contents = self.clients("s3").list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        return [entry["Key"] for entry in contents]


@pytest.fixture
def aws(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Where the AWS SDK finds the control plane: set here, and to be passed to other processes."""
    variables = {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def pipeline(
    deployed: Deployed, clients: Clients, aws: dict[str, str], postgresql: PostgreSQL, tmp_path: Path
) -> Iterator[Pipeline]:
    database_name = postgresql.create(template=server.TEMPLATE)
    app = json.dumps(postgresql.secrets.values["arn:app"])
    secret = clients("secretsmanager").create_secret(Name=f"app-{uuid4().hex[:8]}", SecretString=app)
    environment = {
        "AWS_REGION": REGION,
        "DATABASE_HOST": server.HOST,
        "DATABASE_PORT": str(postgresql.server.port),
        "DATABASE_NAME": database_name,
        "APP_SECRET_ARN": secret["ARN"],
        "SCRATCH_DIR": str(tmp_path / "scratch"),
        "JOBS_QUEUE_URL": deployed.queue_url,
        "JOBS_DEAD_LETTER_QUEUE_URL": deployed.dead_letter_url,
        "RAW_BUCKET": deployed.raw,
        "PROCESSED_BUCKET": deployed.processed,
        "EVIDENCE_BUCKET": deployed.evidence,
        "STREAM_NAME": deployed.stream,
        "VIDEO_EVENTS_TOPIC_ARN": deployed.topic_arn,
        "METRICS_NAMESPACE": f"Streamflix/{database_name}",
        "PROCESSING_SETTINGS": json.dumps(PROCESSING),
        "COMPLIANCE_SETTINGS": json.dumps({"territories": ["NL", "DE"], "loudness_lufs": -23}),
        "AUDIT_KEY": "k" * 64,
    }
    settings = Settings.model_validate(environment)
    with closing(app_database(settings)) as database:
        yield Pipeline(
            deployed=deployed,
            clients=clients,
            environment=environment | aws,
            consumer=make_consumer(settings, database),
            housekeeping=make_housekeeping(settings, database),
            database_name=database_name,
            postgresql=postgresql,
            _sequence=count(1),
        )
