"""A video that came through the stream."""

import os
from pathlib import Path

import pytest

from lib.contracts.records import ChunkRange, StreamLocation, chunk_data
from tests.clips import make_clip
from tests.integration.worker.pipeline import Pipeline

CHUNK_BYTES = 8192


def stream(
    pipeline: Pipeline, content: bytes, *, chunk_bytes: int = CHUNK_BYTES, leave_out: int | None = None
) -> StreamLocation:
    """Puts a video into the stream as the producer does, at times without one chunk."""
    kinesis = pipeline.clients("kinesis")
    chunks = [content[start : start + chunk_bytes] for start in range(0, len(content), chunk_bytes)]
    answers = [
        kinesis.put_record(
            StreamName=pipeline.deployed.stream, PartitionKey="chunk/u1", Data=chunk_data("u1", number, chunk)
        )
        for number, chunk in enumerate(chunks)
        if number != leave_out
    ]
    whole = ChunkRange(
        shard_id=answers[0]["ShardId"], first=answers[0]["SequenceNumber"], last=answers[-1]["SequenceNumber"]
    )
    return StreamLocation(stream=pipeline.deployed.stream, upload_id="u1", chunks=len(chunks), ranges=(whole,))


def test_a_streamed_video_is_landed_and_planned(pipeline: Pipeline, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=1)
    job = pipeline.submit(clip, stream(pipeline, clip.read_bytes()))
    assert pipeline.consumer.turn(wait_seconds=5)

    source = pipeline.job(job)["source"]
    assert source["kind"] == "object"
    assert source["key"] == f"landed/{job}/clip.mp4"
    landed = pipeline.clients("s3").get_object(
        Bucket=source["bucket"], Key=source["key"], VersionId=source["version_id"]
    )
    assert landed["Body"].read() == clip.read_bytes()

    assert pipeline.consumer.turn(wait_seconds=5)
    assert pipeline.job(job)["state"] == "encoding"


@pytest.mark.parametrize(("streamed", "code"), [("other", "CHECKSUM_MISMATCH"), ("longer", "SIZE_MISMATCH")])
def test_what_arrives_otherwise_than_it_was_submitted_is_rejected(
    pipeline: Pipeline, tmp_path: Path, streamed: str, code: str
) -> None:
    content = os.urandom(3 * CHUNK_BYTES)
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    job = pipeline.submit(path, stream(pipeline, content[::-1] if streamed == "other" else content + b"more"))
    pipeline.work()
    assert pipeline.job(job)["reason_code"] == code
    assert pipeline.keys(pipeline.deployed.raw) == []


def test_a_video_with_a_gap_is_rejected_and_can_be_sent_again(pipeline: Pipeline, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=1)
    job = pipeline.submit(clip, stream(pipeline, clip.read_bytes(), leave_out=1))
    pipeline.work()
    assert pipeline.job(job)["reason_code"] == "CHUNKS_MISSING"

    pipeline.submit(clip, stream(pipeline, clip.read_bytes()))
    assert pipeline.consumer.turn(wait_seconds=5)
    assert pipeline.job(job)["source"]["kind"] == "object"


def test_another_stream_is_not_read(pipeline: Pipeline, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"x")
    where = stream(pipeline, b"x").model_copy(update={"stream": "another"})
    job = pipeline.submit(path, where)
    pipeline.work()
    assert pipeline.job(job)["reason_code"] == "SOURCE_MISSING"
