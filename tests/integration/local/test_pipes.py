"""The pipe runner against a control plane: what the deployed pipe says happens to records."""

import json
import time
from collections.abc import Iterator

import pytest

from tests.integration.local.parts import REGION, RunningPart, eventually
from tests.integration.local.pipes import ACCOUNT, ROLE, Pipe, keys

TOO_LARGE_FOR_A_MESSAGE = bytes(900_000)
"""A record of this size is no SQS message once it is base64."""


@pytest.fixture(scope="module")
def runner(mended_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPart]:
    part = RunningPart("pipes", tmp_path_factory.mktemp("cloud"), mended_endpoint)
    yield part
    assert part.terminate() == 0


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
