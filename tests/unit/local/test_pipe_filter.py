from datetime import UTC, datetime
from typing import Any

import pytest

from streamflix_cli.local.pipes.envelope import Filter, envelope

STREAM = "arn:aws:kinesis:eu-west-1:123456789012:stream/s"


def record(key: str = "submit/1", data: bytes = b"{}") -> dict[str, Any]:
    arrived = datetime(2026, 1, 2, 3, 4, 5, 250000, tzinfo=UTC)
    return {"PartitionKey": key, "SequenceNumber": "7", "Data": data, "ApproximateArrivalTimestamp": arrived}


def passes(one: dict[str, Any], *patterns: str) -> bool:
    criteria = {"Filters": [{"Pattern": pattern} for pattern in patterns]}
    return Filter(criteria).passes(one, envelope(one, stream_arn=STREAM, shard_id="shardId-0", role_arn="r"))


def test_an_envelope_is_what_pipes_make_of_a_record() -> None:
    assert envelope(record(data=b"hi"), stream_arn=STREAM, shard_id="shardId-0", role_arn="arn:role") == {
        "kinesisSchemaVersion": "1.0",
        "partitionKey": "submit/1",
        "sequenceNumber": "7",
        "data": "aGk=",
        "approximateArrivalTimestamp": 1767323045.25,
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": "shardId-0:7",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:role",
        "awsRegion": "eu-west-1",
        "eventSourceARN": STREAM,
    }


@pytest.mark.parametrize(
    ("one", "patterns", "expected"),
    [
        (record(), (), True),
        (record("submit/1"), ('{"partitionKey": [{"prefix": "submit/"}]}',), True),
        (record("chunk/1"), ('{"partitionKey": [{"prefix": "submit/"}]}',), False),
        (record("b"), ('{"partitionKey": ["a"]}', '{"partitionKey": ["b"]}'), True),
        (record(data=b'{"type": "x"}'), ('{"data": {"type": ["x"]}}',), True),
        (record(data=b'{"type": "y"}'), ('{"data": {"type": ["x"]}}',), False),
        (record(data=b"\xff not JSON"), ('{"data": {"type": ["x"]}}',), False),
        (record(data=b"plain"), ('{"data": ["plain"]}',), True),
    ],
)
def test_a_record_passes_if_any_pattern_matches(one: dict[str, Any], patterns: tuple[str, ...], expected: bool) -> None:
    assert passes(one, *patterns) is expected
