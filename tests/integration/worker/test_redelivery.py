"""What the pipe gave up becomes a job all the same, as long as the stream has it."""

import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from lib.worker import redelivery
from tests.integration.local.parts import RunningPart, eventually
from tests.integration.worker.conftest import ACCOUNT
from tests.integration.worker.pipeline import REGION, Pipeline

SHARD = "shardId-000000000000"
Place = tuple[str, str]
"""Shard and sequence number of a record."""


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redelivery, "PAUSE_SECONDS", 0)


def put(pipeline: Pipeline, data: bytes, *, key: str = "submit/1") -> Place:
    answer = pipeline.clients("kinesis").put_record(StreamName=pipeline.deployed.stream, PartitionKey=key, Data=data)
    return answer["ShardId"], answer["SequenceNumber"]


def send_letter(pipeline: Pipeline, body: str) -> None:
    pipeline.clients("sqs").send_message(QueueUrl=pipeline.deployed.pipe_dead_letter_url, MessageBody=body)


def letter(pipeline: Pipeline, first: Place, last: Place, *, size: int = 1, stream: str = "") -> dict[str, Any]:
    """A message as AWS wrote one, in June 2023, with other names and numbers."""
    stream = stream or pipeline.deployed.stream
    return {
        "context": {
            "partnerResourceArn": f"arn:aws:pipes:{REGION}:{ACCOUNT}:pipe/ingest-pipe",
            "condition": "RetryAttemptsExhausted",
        },
        "version": "1.0",
        "timestamp": "2026-06-19T15:03:51.498Z",
        "KinesisBatchInfo": {
            "shardId": first[0],
            "startSequenceNumber": first[1],
            "endSequenceNumber": last[1],
            "approximateArrivalOfFirstRecord": "2026-06-19T15:03:46.620Z",
            "approximateArrivalOfLastRecord": "2026-06-19T15:03:46.620Z",
            "batchSize": size,
            "streamArn": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{stream}",
        },
    }


def given_up(pipeline: Pipeline, *records: bytes) -> None:
    """Puts records into one shard of the stream, and a letter about them into the queue."""
    places = [put(pipeline, record) for record in records]
    send_letter(pipeline, json.dumps(letter(pipeline, places[0], places[-1], size=len(records))))


def films(pipeline: Pipeline, folder: Path, count: int) -> list[tuple[UUID, bytes]]:
    """So many jobs, and the records that submit them."""
    found = []
    for number in range(count):
        path = folder / f"{number}.mp4"
        path.write_bytes(b"%d" % number)
        record = pipeline.submission(path)
        found.append((record.job_id, record.to_bytes()))
    return found


def jobs(pipeline: Pipeline) -> set[UUID]:
    return {row["job_id"] for row in pipeline.query("SELECT job_id FROM job")}


def letters(pipeline: Pipeline) -> int:
    """How many are there, and visible: what the alarm looks at."""
    attributes = pipeline.clients("sqs").get_queue_attributes(
        QueueUrl=pipeline.deployed.pipe_dead_letter_url, AttributeNames=["All"]
    )["Attributes"]
    assert attributes["ApproximateNumberOfMessagesNotVisible"] == "0"
    return int(attributes["ApproximateNumberOfMessages"])


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_submissions_are_stored_and_rung_for_and_their_letter_is_gone(pipeline: Pipeline, tmp_path: Path) -> None:
    (first, first_record), (between, between_record), (last, last_record) = films(pipeline, tmp_path, 3)
    put(pipeline, b"before")
    start = put(pipeline, first_record)
    put(pipeline, b"a chunk", key="chunk/1")
    put(pipeline, between_record)
    end = put(pipeline, last_record)
    put(pipeline, b"after")
    send_letter(pipeline, json.dumps(letter(pipeline, start, end, size=3)))
    assert letters(pipeline) == 1

    assert pipeline.housekeeping.run()

    assert jobs(pipeline) == {first, between, last}
    assert letters(pipeline) == 0
    assert pipeline.queued() == 3
    assert pipeline.job(first)["submission_sequence"] == start[1]


def test_a_run_that_breaks_off_is_repeated_without_harm(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    films_given_up = films(pipeline, tmp_path, 2)
    given_up(pipeline, *(record for _, record in films_given_up))
    sqs = pipeline.housekeeping._redelivery._sqs

    class KilledError(BaseException):
        pass

    def killed(**_: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        # As when the process is killed: not even the letter becomes visible again, until SQS shows it.
        patch.setattr(sqs, "delete_message", killed)
        patch.setattr(sqs, "change_message_visibility", killed)
        patch.setattr(redelivery, "HIDDEN_SECONDS", 1)
        with pytest.raises(KilledError):
            pipeline.housekeeping.run()
    assert jobs(pipeline) == {job for job, _ in films_given_up}
    before = pipeline.query("SELECT * FROM job ORDER BY job_id"), pipeline.query("SELECT * FROM task ORDER BY job_id")
    time.sleep(1.1)

    assert pipeline.housekeeping.run()

    assert letters(pipeline) == 0
    assert before == (
        pipeline.query("SELECT * FROM job ORDER BY job_id"),
        pipeline.query("SELECT * FROM task ORDER BY job_id"),
    )


def test_what_was_delivered_after_all_is_not_begun_again(pipeline: Pipeline, tmp_path: Path) -> None:
    ((job, record),) = films(pipeline, tmp_path, 1)
    given_up(pipeline, record)
    assert pipeline.housekeeping.run()
    assert pipeline.work() == 1
    assert pipeline.job(job)["state"] == "rejected"
    send_letter(pipeline, json.dumps(letter(pipeline, (SHARD, "1"), (SHARD, "1"))))

    assert pipeline.housekeeping.run()

    assert pipeline.job(job)["state"] == "rejected"
    assert letters(pipeline) == 0


@pytest.fixture
def unsettled(pipeline: Pipeline, request: pytest.FixtureRequest) -> str:
    """A letter that nobody but a person can settle, and what is to be said of it."""
    missing = (SHARD, str(10**50))
    body, names = {
        "no letter": ("not a letter", "not a letter"),
        "another source": (json.dumps({"context": {}, "version": "1.0", "DDBStreamBatchInfo": {}}), "DDBStreamBatch"),
        "another stream": (json.dumps(letter(pipeline, missing, missing, stream="another")), "stream/another"),
        "out of the stream": (json.dumps(letter(pipeline, missing, missing, size=7)), "7 submissions"),
        "no shard": (json.dumps(letter(pipeline, ("shardId-000000000099", "1"), missing)), "shardId-000000000099"),
        "undecodable": ("", "undecodable"),
    }[request.param]
    if body:
        send_letter(pipeline, body)
    else:
        given_up(pipeline, b"no submission")
    return names


@pytest.mark.parametrize(
    "unsettled",
    ["no letter", "another source", "another stream", "out of the stream", "no shard", "undecodable"],
    indirect=True,
)
def test_a_letter_that_cannot_be_settled_stays_and_says_what_to_do(
    pipeline: Pipeline, unsettled: str, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        caplog.clear()
        assert pipeline.housekeeping.run()
        assert letters(pipeline) == 1
        (line,) = said(caplog)
        assert unsettled in line
        assert "elete it" in line


def test_records_that_the_retention_dropped_are_named_and_the_rest_is_saved(
    pipeline: Pipeline, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (_, dropped), (job, record) = films(pipeline, tmp_path, 2)
    first = put(pipeline, dropped)
    last = put(pipeline, record)
    send_letter(pipeline, json.dumps(letter(pipeline, (first[0], "0"), last, size=2)))

    assert pipeline.housekeeping.run()

    assert job in jobs(pipeline)
    assert letters(pipeline) == 1
    (line,) = said(caplog)
    assert "2026-06-19T15:03:46.620Z" in line
    assert "Ingest" in line


def test_letters_that_stay_hold_up_no_others(pipeline: Pipeline, tmp_path: Path) -> None:
    for _ in range(2 * redelivery.RECEIVE_MESSAGES):
        send_letter(pipeline, "not a letter")
    ((job, record),) = films(pipeline, tmp_path, 1)
    given_up(pipeline, record)

    assert pipeline.housekeeping.run()

    assert jobs(pipeline) == {job}
    assert letters(pipeline) == 2 * redelivery.RECEIVE_MESSAGES


def test_what_may_pass_fails_the_run_and_is_tried_again(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (first, first_record), (second, second_record) = films(pipeline, tmp_path, 2)
    given_up(pipeline, first_record)
    given_up(pipeline, second_record)
    store = pipeline.housekeeping._redelivery._store

    def submit(submission: Any) -> Any:
        if submission.record.job_id == first:
            raise ConnectionError("the database is away")
        return type(store).submit(store, submission)

    with monkeypatch.context() as patch:
        patch.setattr(store, "submit", submit)
        assert not pipeline.housekeeping.run()
    assert jobs(pipeline) == {second}
    assert letters(pipeline) == 1
    assert "the database is away" in caplog.text

    assert pipeline.housekeeping.run()
    assert jobs(pipeline) == {first, second}
    assert letters(pipeline) == 0


@pytest.fixture
def pipe(pipeline: Pipeline, endpoint: str, tmp_path: Path) -> Iterator[RunningPart]:
    """A pipe whose target is gone, and what runs it."""
    name = f"pipe-{pipeline.deployed.stream}"

    def queue(url: str) -> str:
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{url.rpartition('/')[2]}"

    pipeline.clients("pipes").create_pipe(
        Name=name,
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/pipe",
        DesiredState="RUNNING",
        Source=f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{pipeline.deployed.stream}",
        Target=queue("gone"),
        SourceParameters={
            "KinesisStreamParameters": {
                "StartingPosition": "TRIM_HORIZON",
                "BatchSize": 10,
                "OnPartialBatchItemFailure": "AUTOMATIC_BISECT",
                "MaximumRetryAttempts": 1,
                "DeadLetterConfig": {"Arn": queue(pipeline.deployed.pipe_dead_letter_url)},
            },
            "FilterCriteria": {"Filters": [{"Pattern": json.dumps({"partitionKey": [{"prefix": "submit/"}]})}]},
        },
    )
    part = RunningPart("pipes", tmp_path, endpoint, "--region", REGION)
    yield part
    assert part.terminate() == 0
    pipeline.clients("pipes").delete_pipe(Name=name)


def test_what_the_pipe_runner_gives_up_is_published_in_the_end(
    pipeline: Pipeline, pipe: RunningPart, tmp_path: Path
) -> None:
    ours = films(pipeline, tmp_path, 3)
    for job, record in ours:
        put(pipeline, b"a chunk", key=f"chunk/{job}")
        put(pipeline, record, key=f"submit/{job}")
    # Both shards have records, each given up by itself.
    eventually(lambda: letters(pipeline) == len(ours), 30)
    assert jobs(pipeline) == set()

    assert pipeline.housekeeping.run()

    assert jobs(pipeline) == {job for job, _ in ours}
    assert letters(pipeline) == 0
    assert pipeline.work() == len(ours)
    assert {row["state"] for row in pipeline.query("SELECT state FROM job")} == {"rejected"}
