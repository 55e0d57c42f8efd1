"""Messages of the jobs queue."""

import base64
import json
from typing import Any

import pytest

from lib.contracts.messages import Submission, TaskReady, parse_message
from lib.contracts.records import UndecodableError
from tests.unit.contracts.test_records import submitted


def envelope(**changes: Any) -> str:
    return json.dumps(
        {
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "partitionKey": "submit/1",
            "sequenceNumber": "49590338271490256608559692538361571095921575989136588898",
            "data": base64.b64encode(submitted().to_bytes()).decode(),
            **changes,
        }
    )


def test_a_submission_comes_in_the_envelope_of_the_pipe() -> None:
    message = parse_message(envelope())

    assert message == Submission(
        record=submitted(), sequence_number="49590338271490256608559692538361571095921575989136588898"
    )


def test_a_doorbell_is_read_as_it_was_written() -> None:
    assert parse_message(TaskReady().model_dump_json()) == TaskReady()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        "[]",
        "{}",
        '{"type": "task.ready"}',
        '{"v": 1, "Records": [{"eventSource": "aws:s3"}]}',
        '"task.ready"',
        '{"type": "task.ready"}' * 2,
        '{"type": "task.ready", "v": 2}',
        '{"type": "task.done", "v": 1}',
        "[" * 100_000,
        envelope(data="?"),
        envelope(data="é"),
        envelope(sequenceNumber="LATEST"),
        envelope(sequenceNumber=1),
        envelope(data=None),
        envelope(data=base64.b64encode(b"{}").decode()),
        json.dumps({"eventSource": "aws:kinesis"}),
    ],
)
def test_what_is_not_understood_is_undecodable(body: str) -> None:
    with pytest.raises(UndecodableError):
        parse_message(body)
