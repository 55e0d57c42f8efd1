"""A worker in what the stack would have deployed: buckets, queues, stream, topic, database."""

import json
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from lib.worker.assembly import app_database, make_consumer, make_housekeeping
from lib.worker.database import Database
from lib.worker.settings import HousekeepingSettings
from lib.worker.store import QueueSettings, Store
from tests import postgresql as server
from tests.control_plane import serving
from tests.integration.worker.pipeline import PROCESSING, REGION, Clients, Deployed, Pipeline
from tests.postgresql import PostgreSQL

ACCOUNT = "123456789012"
AUDIT_KEY = "k" * 64
SETTINGS = QueueSettings(lease_seconds=60, max_attempts=3, backoff_base_seconds=5, backoff_cap_seconds=600)


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    with serving() as url:
        yield url


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


@pytest.fixture
def deployed(clients: Clients) -> Deployed:
    suffix = uuid4().hex[:8]
    s3, sqs, sns = clients("s3"), clients("sqs"), clients("sns")
    raw, processed, evidence = (f"{name}-{suffix}" for name in ("raw", "processed", "evidence"))
    for bucket in (raw, processed, evidence):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    clients("kinesis").create_stream(StreamName=f"stream-{suffix}", ShardCount=2)
    jobs, dead, pipe_dead, events = (
        sqs.create_queue(QueueName=f"{name}-{suffix}", Attributes={"VisibilityTimeout": "15"})["QueueUrl"]
        for name in ("jobs", "dead", "pipe-dead", "events")
    )
    topic = sns.create_topic(Name=f"events-{suffix}")["TopicArn"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:events-{suffix}",
        Attributes={"RawMessageDelivery": "true"},
    )
    return Deployed(raw, processed, evidence, f"stream-{suffix}", jobs, dead, pipe_dead, topic, events)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    with server.running() as running:
        yield running


@pytest.fixture
def database_name(postgresql: PostgreSQL) -> Iterator[str]:
    name = postgresql.create(template=server.TEMPLATE)
    yield name
    postgresql.drop(name)


@pytest.fixture
def database(postgresql: PostgreSQL, database_name: str) -> Iterator[Database]:
    with closing(Database(postgresql.settings(database_name, "app"), postgresql.secrets)) as database:
        yield database


@pytest.fixture
def store(database: Database) -> Store:
    """A store in a database of its own for each test."""
    return Store(database, audit_key=AUDIT_KEY, settings=SETTINGS)


@pytest.fixture
def aws(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Where the AWS SDK finds the control plane: set here, and to be passed to other processes."""
    variables = {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def pipeline(
    *,
    deployed: Deployed,
    clients: Clients,
    aws: dict[str, str],
    postgresql: PostgreSQL,
    database_name: str,
    tmp_path: Path,
) -> Iterator[Pipeline]:
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
        "PIPE_DEAD_LETTER_QUEUE_URL": deployed.pipe_dead_letter_url,
        "RAW_BUCKET": deployed.raw,
        "PROCESSED_BUCKET": deployed.processed,
        "EVIDENCE_BUCKET": deployed.evidence,
        "STREAM_NAME": deployed.stream,
        "VIDEO_EVENTS_TOPIC_ARN": deployed.topic_arn,
        "METRICS_NAMESPACE": f"Streamflix/{database_name}",
        "PROCESSING_SETTINGS": json.dumps(PROCESSING),
        "COMPLIANCE_SETTINGS": json.dumps({"territories": ["NL", "DE"], "loudness_lufs": -23}),
        "NOTIFICATION_SETTINGS": json.dumps({"webhooks": []}),
        "AUDIT_KEY": AUDIT_KEY,
    }
    settings = HousekeepingSettings.model_validate(environment)
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
