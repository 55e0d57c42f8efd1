"""Chunks in the control plane's Kinesis become the video again."""

import hashlib
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from lib.contracts.records import CHUNK_KEY_PREFIX, ChunkRange, StreamLocation, chunk_data
from lib.worker.errors import CancelledError, RejectedError
from lib.worker.stream import Stream
from tests.integration.worker.pipeline import Clients, Deployed

UPLOAD = "u1"


def put(kinesis: Any, stream: str, data: bytes, key: str = f"{CHUNK_KEY_PREFIX}{UPLOAD}") -> tuple[str, str]:
    answer = kinesis.put_record(StreamName=stream, PartitionKey=key, Data=data)
    return answer["ShardId"], answer["SequenceNumber"]


def location(stream: str, places: list[tuple[str, str]], chunks: int) -> StreamLocation:
    ranges = (ChunkRange(shard_id=places[0][0], first=places[0][1], last=places[-1][1]),)
    return StreamLocation(stream=stream, upload_id=UPLOAD, chunks=chunks, ranges=ranges)


def test_repeated_foreign_and_disordered_records_do_no_harm(
    clients: Clients, deployed: Deployed, tmp_path: Path
) -> None:
    kinesis, stream = clients("kinesis"), deployed.stream
    contents = [os.urandom(300_000) for _ in range(12)]
    put(kinesis, stream, chunk_data(UPLOAD, 1, b"before the range"))
    places = []
    for number in (0, 2, 1, *range(2, 12), 5):
        places.append(put(kinesis, stream, chunk_data(UPLOAD, number, contents[number])))
        put(kinesis, stream, chunk_data("other", number, b"foreign"))
        put(kinesis, stream, b'{"type": "video.submitted"}')
    put(kinesis, stream, chunk_data(UPLOAD, 99, b"after the range"))

    digest = Stream(kinesis).assemble(location(stream, places, 12), tmp_path / "video", cancel=threading.Event())

    assert (tmp_path / "video").read_bytes() == b"".join(contents)
    assert digest == hashlib.sha256(b"".join(contents)).hexdigest()


def test_several_ranges_of_several_shards_make_one_video(clients: Clients, deployed: Deployed, tmp_path: Path) -> None:
    kinesis, stream = clients("kinesis"), deployed.stream
    by_shard: dict[str, list[str]] = {}
    for number in range(8):
        # Other keys stand for a shard that was split meanwhile.
        shard, sequence = put(kinesis, stream, chunk_data(UPLOAD, number, b"%d" % number), key=f"chunk/{number}")
        by_shard.setdefault(shard, []).append(sequence)
    assert len(by_shard) == 2
    ranges = tuple(ChunkRange(shard_id=shard, first=of[0], last=of[-1]) for shard, of in by_shard.items())
    where = StreamLocation(stream=stream, upload_id=UPLOAD, chunks=8, ranges=ranges)
    Stream(kinesis).assemble(where, tmp_path / "video", cancel=threading.Event())
    assert (tmp_path / "video").read_bytes() == b"01234567"


def test_missing_chunks_are_named(clients: Clients, deployed: Deployed, tmp_path: Path) -> None:
    kinesis, stream = clients("kinesis"), deployed.stream
    places = [put(kinesis, stream, chunk_data(UPLOAD, number, b"x")) for number in (0, 1, 4)]
    with pytest.raises(RejectedError) as caught:
        Stream(kinesis).assemble(location(stream, places, 6), tmp_path / "video", cancel=threading.Event())
    assert caught.value.code == "CHUNKS_MISSING"
    assert "3 of 6" in caught.value.reason
    assert "2, 3, 5" in caught.value.reason


def test_a_shard_that_is_gone_means_missing_chunks(clients: Clients, deployed: Deployed, tmp_path: Path) -> None:
    gone = [("shardId-000000000099", "1")]
    with pytest.raises(RejectedError) as caught:
        Stream(clients("kinesis")).assemble(
            location(deployed.stream, gone, 1), tmp_path / "video", cancel=threading.Event()
        )
    assert caught.value.code == "CHUNKS_MISSING"


def test_it_ends_when_told_to(clients: Clients, deployed: Deployed, tmp_path: Path) -> None:
    kinesis = clients("kinesis")
    places = [put(kinesis, deployed.stream, chunk_data(UPLOAD, 0, b"x"))]
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(CancelledError):
        Stream(kinesis).assemble(location(deployed.stream, places, 1), tmp_path / "video", cancel=cancel)
