"""The pipe runner against a control plane: what the deployed pipe says happens to records."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.integration.local.parts import REGION, RunningPart, client_of, eventually

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/pipe"
SUBMISSIONS = {"Filters": [{"Pattern": json.dumps({"partitionKey": [{"prefix": "submit/"}]})}]}
TOO_LARGE_FOR_A_MESSAGE = bytes(900_000)
"""A record of this size is no SQS message once it is base64."""


class Pipe(NamedTuple):
    """A stream, a pipe and its two queues."""

    endpoint: str
    name: str

    def client(self, service: str) -> Any:
        return client_of(service, self.endpoint)

    def create(self, *, state: str = "RUNNING", **parameters: Any) -> None:
        self.client("kinesis").create_stream(StreamName=self.name, ShardCount=1)
        for queue in (self.name, f"{self.name}-dead"):
            self.client("sqs").create_queue(QueueName=queue)
        kinesis = {
            "StartingPosition": "TRIM_HORIZON",
            "BatchSize": 10,
            "OnPartialBatchItemFailure": "AUTOMATIC_BISECT",
            "MaximumRetryAttempts": 1,
            "DeadLetterConfig": {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.name}-dead"},
        }
        self.client("pipes").create_pipe(
            Name=self.name,
            RoleArn=ROLE,
            DesiredState=state,
            Source=f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{self.name}",
            Target=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.name}",
            SourceParameters={"KinesisStreamParameters": {**kinesis, **parameters}, "FilterCriteria": SUBMISSIONS},
            LogConfiguration={
                "Level": "ERROR",
                "CloudwatchLogsLogDestination": {
                    "LogGroupArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{self.name}"
                },
            },
        )

    def put(self, key: str, data: bytes = b"{}") -> None:
        self.client("kinesis").put_record(StreamName=self.name, PartitionKey=key, Data=data)

    def receive(self, count: int, *, queue: str = "", seconds: float = 20) -> list[dict[str, Any]]:
        """The first `count` messages of the target, or of `queue`, deleted there."""
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=queue or self.name)["QueueUrl"]
        bodies: list[dict[str, Any]] = []

        def enough() -> bool:
            for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
                bodies.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return len(bodies) >= count

        eventually(enough, seconds)
        return bodies

    def metric(self, namespace: str, metric: str, dimension: str) -> float:
        return total(self.client("cloudwatch"), namespace, metric, dimension, self.name)


def total(cloudwatch: Any, namespace: str, metric: str, dimension: str, subject: str) -> float:
    now = datetime.now(UTC)
    points = cloudwatch.get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": dimension, "Value": subject}],
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(seconds=5),
        Period=3600,
        Statistics=["Sum"],
    )["Datapoints"]
    return float(sum(point["Sum"] for point in points))


@pytest.fixture(scope="module")
def runner(mended_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPart]:
    part = RunningPart("pipes", tmp_path_factory.mktemp("cloud"), mended_endpoint)
    yield part
    assert part.terminate() == 0


@pytest.fixture
def pipe(mended_endpoint: str, request: pytest.FixtureRequest) -> Iterator[Pipe]:
    result = Pipe(mended_endpoint, request.node.name.removeprefix("test_").replace("_", "-")[:50])
    yield result
    result.client("pipes").delete_pipe(Name=result.name)


def keys(bodies: list[dict[str, Any]]) -> list[str]:
    return [body["partitionKey"] for body in bodies]


def test_submissions_pass_in_order_and_nothing_else_does(pipe: Pipe, runner: RunningPart) -> None:
    pipe.create()
    for number in range(12):
        pipe.put("chunk/1", b"\xff" * 1000)
        pipe.put(f"submit/{number}", b'{"n": 1}')
    bodies = pipe.receive(12)
    assert keys(bodies) == [f"submit/{number}" for number in range(12)]
    assert bodies[0]["data"] == "eyJuIjogMX0="
    assert bodies[0]["eventID"] == "shardId-000000000000:2"
    assert bodies[0]["invokeIdentityArn"] == ROLE


def test_a_poisonous_record_is_given_up_alone_with_its_place_in_the_stream(pipe: Pipe, runner: RunningPart) -> None:
    pipe.client("logs").create_log_group(logGroupName=pipe.name)
    pipe.create(MaximumBatchingWindowInSeconds=2)
    for number in range(5):
        pipe.put(f"submit/{number}", TOO_LARGE_FOR_A_MESSAGE if number == 2 else b"{}")
    assert sorted(keys(pipe.receive(4))) == [f"submit/{number}" for number in (0, 1, 3, 4)]
    (letter,) = pipe.receive(1, queue=f"{pipe.name}-dead")
    assert letter["context"] == {
        "condition": "RetryAttemptsExhausted",
        "partnerResourceArn": f"arn:aws:pipes:{REGION}:{ACCOUNT}:pipe/{pipe.name}",
    }
    place = letter["KinesisBatchInfo"]
    assert (place["shardId"], place["startSequenceNumber"], place["endSequenceNumber"], place["batchSize"]) == (
        "shardId-000000000000",
        "3",
        "3",
        1,
    )
    logged = pipe.client("logs").filter_log_events(logGroupName=pipe.name)["events"]
    assert json.loads(logged[0]["message"])["messageType"] == "ExecutionFailed"
    eventually(lambda: pipe.metric("AWS/EventBridge/Pipes", "ExecutionFailed", "PipeName") >= 2)
    assert pipe.metric("AWS/Kinesis", "GetRecords.Success", "StreamName") >= 2


def test_a_record_that_is_too_old_is_given_up(pipe: Pipe, runner: RunningPart) -> None:
    pipe.create(state="STOPPED", MaximumRecordAgeInSeconds=60, MaximumRetryAttempts=-1)
    pipe.client("pipes").update_pipe(
        Name=pipe.name,
        RoleArn=ROLE,
        DesiredState="RUNNING",
        # AWS allows no less than 60 s; the test has no minute.
        SourceParameters={
            "KinesisStreamParameters": {
                "MaximumRecordAgeInSeconds": 0,
                "DeadLetterConfig": {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{pipe.name}-dead"},
            }
        },
    )
    pipe.put("submit/1")
    (letter,) = pipe.receive(1, queue=f"{pipe.name}-dead")
    assert letter["context"]["condition"] == "RecordAgeExceeded"


def test_a_stopped_pipe_rests_and_goes_on_where_it_stopped(pipe: Pipe, runner: RunningPart) -> None:
    pipe.create()
    pipe.put("submit/before")
    assert keys(pipe.receive(1)) == ["submit/before"]
    pipe.client("pipes").stop_pipe(Name=pipe.name)
    # Until the runner has noticed.
    time.sleep(2)
    pipe.put("submit/meanwhile")
    with pytest.raises(AssertionError):
        pipe.receive(1, seconds=2)
    pipe.client("pipes").start_pipe(Name=pipe.name)
    assert keys(pipe.receive(1)) == ["submit/meanwhile"]


def test_a_killed_runner_goes_on_with_what_it_had_not_finished(pipe: Pipe, tmp_path: Path) -> None:
    pipe.create(MaximumRetryAttempts=-1)
    first = RunningPart("pipes", tmp_path, pipe.endpoint)
    pipe.put("submit/done")
    assert keys(pipe.receive(1)) == ["submit/done"]
    checkpoint = eventually(
        lambda: next((tmp_path / ".streamflix/cloud/pipes" / REGION).glob(f"{pipe.name}-*/shardId-*"), None)
    )
    # The queue vanishes: from here on the runner holds a batch that it cannot deliver.
    sqs = pipe.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=pipe.name)["QueueUrl"])
    pipe.put("submit/held")
    time.sleep(1.5)
    assert checkpoint.read_text() == "1"
    first.kill()
    sqs.create_queue(QueueName=pipe.name)
    second = RunningPart("pipes", tmp_path, pipe.endpoint)
    assert keys(pipe.receive(1)) == ["submit/held"]
    eventually(lambda: checkpoint.read_text() == "2")
    assert second.terminate() == 0
