"""A control plane with what the stack would have deployed: buckets, queues, stream, topic."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

REGION = "eu-west-1"
ACCOUNT = "123456789012"

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
    buckets = [f"{name}-{suffix}" for name in ("raw", "processed", "evidence")]
    for bucket in buckets:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    clients("kinesis").create_stream(StreamName=f"stream-{suffix}", ShardCount=2)
    queues = [
        sqs.create_queue(QueueName=f"{name}-{suffix}", Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
        for name in ("jobs", "dead", "events")
    ]
    topic = sns.create_topic(Name=f"events-{suffix}")["TopicArn"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:events-{suffix}",
        Attributes={"RawMessageDelivery": "true"},
    )
    return Deployed(*buckets, f"stream-{suffix}", *queues[:2], topic, queues[2])
