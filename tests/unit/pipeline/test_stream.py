"""Videos in chunks: nothing lost, nothing out of order, no shard asked for more than it takes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from lib.contracts.content import ContentRecord
from lib.contracts.records import CHUNK_BYTES, parse_chunk
from streamflix_cli.errors import StreamflixError
from streamflix_cli.pipeline.sources import Source
from streamflix_cli.pipeline.stream import (
    BATCH_RECORDS,
    SHARD_BYTES_PER_SECOND,
    SHARD_RECORDS_PER_SECOND,
    Pace,
    Producer,
    batches,
    ranges,
)


class Clock:
    """Time that passes by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def pace(self) -> Pace:
        return Pace(lambda: self.now, self.sleep)


class Kinesis:
    """Takes records, and refuses the ones it is told to: by number of the call and index in it."""

    def __init__(self, refused: Sequence[tuple[int, int]] = ()) -> None:
        self._refused = set(refused)
        self._calls = 0
        self.taken: list[tuple[str, bytes]] = []

    def put_records(self, *, StreamName: str, Records: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        answer = []
        for index, record in enumerate(Records):
            if (self._calls, index) in self._refused:
                answer.append({"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "Rate exceeded"})
                continue
            self.taken.append((record["PartitionKey"], record["Data"]))
            answer.append({"ShardId": "shard-0", "SequenceNumber": str(len(self.taken))})
        self._calls += 1
        return {"Records": answer}


def source(path: Path, content: bytes) -> Source:
    path.write_bytes(content)
    found = path.stat()
    return Source(path, ContentRecord(id="a", titles={"en": "A"}), found.st_size, found.st_mtime_ns)


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 5 * CHUNK_BYTES + 7])
def test_the_chunks_in_order_are_the_file(tmp_path: Path, size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    kinesis, told = Kinesis(), list[int]()
    location = Producer(kinesis, "s", Clock().pace()).send(source(tmp_path / "film", content), told.append)
    chunks = [parse_chunk(data) for _, data in kinesis.taken]
    assert b"".join(part for _, _, part in chunks) == content
    assert [number for _, number, _ in chunks] == list(range(location.chunks))
    assert {upload_id for upload_id, _, _ in chunks} == {location.upload_id}
    assert {key for key, _ in kinesis.taken} == {f"chunk/{location.upload_id}"}
    assert (location.ranges[0].first, location.ranges[0].last) == ("1", str(location.chunks))
    assert sum(told) == size


def test_what_is_refused_is_put_again_before_anything_that_follows(tmp_path: Path) -> None:
    kinesis, clock = Kinesis(refused=[(0, 0), (1, 0), (3, 0)]), Clock()
    content = bytes(3 * CHUNK_BYTES)
    location = Producer(kinesis, "s", clock.pace()).send(source(tmp_path / "film", content), lambda _: None)
    assert [parse_chunk(data)[1] for _, data in kinesis.taken] == [0, 1, 2]
    assert location.chunks == 3


def test_a_stream_that_takes_nothing_is_given_up(tmp_path: Path) -> None:
    kinesis, clock = Kinesis(refused=[(call, 0) for call in range(100)]), Clock()
    with pytest.raises(StreamflixError) as refused:
        Producer(kinesis, "s", clock.pace()).send(source(tmp_path / "film", b"x"), lambda _: None)
    assert refused.value.code == "STREAM_BUSY"
    assert "Rate exceeded" in refused.value.message


def test_a_file_that_grows_meanwhile_is_not_submitted(tmp_path: Path) -> None:
    film = source(tmp_path / "film", b"x" * 10)
    film.path.write_bytes(b"x" * 11)
    with pytest.raises(StreamflixError) as refused:
        Producer(Kinesis(), "s", Clock().pace()).send(film, lambda _: None)
    assert refused.value.code == "FILE_CHANGED"


SIZES = st.lists(st.integers(0, CHUNK_BYTES), max_size=2000)


@settings(deadline=None)
@given(SIZES)
def test_a_batch_is_what_a_call_and_a_shard_take(sizes: list[int]) -> None:
    made = list(batches(((b"x" * (size % 5000), size) for size in sizes), overhead=42))
    assert [size for batch in made for _, size in batch] == sizes
    for batch in made:
        assert 1 <= len(batch) <= BATCH_RECORDS
        assert sum(len(data) + 42 for data, _ in batch) <= SHARD_BYTES_PER_SECOND


@given(st.lists(st.tuples(st.integers(1, SHARD_BYTES_PER_SECOND), st.integers(1, 500)), min_size=1, max_size=50))
def test_no_second_sees_more_than_a_shard_takes_beyond_the_burst(sent: list[tuple[int, int]]) -> None:
    clock = Clock()
    pace, times = clock.pace(), list[float]()
    for size, records in sent:
        pace.wait_for(size, records)
        times.append(clock.now)
    seconds = times[-1] + 1
    assert sum(size for size, _ in sent) <= SHARD_BYTES_PER_SECOND * seconds * 1.001
    assert sum(records for _, records in sent) <= SHARD_RECORDS_PER_SECOND * seconds * 1.001


def test_ranges_compare_numbers_not_text_and_keep_shards_apart() -> None:
    found = ranges([("shard-1", "9"), ("shard-0", "100"), ("shard-1", "10"), ("shard-0", "99")])
    assert [(one.shard_id, one.first, one.last) for one in found] == [
        ("shard-0", "99", "100"),
        ("shard-1", "9", "10"),
    ]
