"""Submissions and chunks: what is written is read, and what is not understood is refused."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from lib.contracts.content import ContentRecord
from lib.contracts.identity import job_id
from lib.contracts.records import (
    CHUNK_BYTES,
    RECORD_BYTES,
    SUBMISSION_BYTES,
    ChunkRange,
    Location,
    ObjectLocation,
    StreamLocation,
    UndecodableError,
    VideoSubmitted,
    chunk_data,
    parse_chunk,
    parse_submission,
)

SHA256 = "0123456789abcdef" * 4
OBJECT = ObjectLocation(bucket="raw", key="uploads/1/film.mp4", version_id="v1")
STREAM = StreamLocation(
    stream="s", upload_id="u-1", chunks=3, ranges=(ChunkRange(shard_id="shard-0", first="10", last="12"),)
)


def submitted(location: Location = OBJECT, **changes: Any) -> VideoSubmitted:
    content = ContentRecord(id="a-film", titles={"en": "A film", "nl": "Een film"})
    return VideoSubmitted(
        **{
            "job_id": job_id("a-film", SHA256, "ladder"),
            "content": content,
            "file_name": "film.mp4",
            "size": 5,
            "sha256": SHA256,
            "ladder_version": "ladder",
            "location": location,
            "submitted_at": datetime(2026, 1, 1, tzinfo=UTC),
            "submitted_by": "person:0123456789abcdef",
            **changes,
        }
    )


def changed(**changes: Any) -> bytes:
    return json.dumps({**json.loads(submitted().to_bytes()), **changes}).encode()


@pytest.mark.parametrize("location", [OBJECT, STREAM])
def test_a_submission_is_read_as_it_was_written(location: Location) -> None:
    record = submitted(location, priority="bulk")

    assert parse_submission(record.to_bytes()) == record


def test_a_field_that_is_not_known_is_passed_over() -> None:
    assert parse_submission(changed(colour="blue")) == submitted()


@pytest.mark.parametrize("missing", ["type", "v"])
def test_a_record_says_what_it_is(missing: str) -> None:
    record = json.loads(submitted().to_bytes())
    del record[missing]
    with pytest.raises(UndecodableError):
        parse_submission(json.dumps(record).encode())


@pytest.mark.parametrize(
    "changes",
    [
        {"v": 2},
        {"v": "1"},
        {"type": "video.withdrawn"},
        {"size": -1},
        {"sha256": SHA256.upper()},
        {"size": 2**53},
        {"file_name": ""},
        {"file_name": ".."},
        {"file_name": "up/../film.mp4"},
        {"file_name": "𝒻" * 255},
        {"file_name": "film\0.mp4"},
        {"submitted_by": "person\0"},
        {"submitted_by": "housekeeping"},
        {"submitted_by": "person:0123456789abcdef\n"},
        {"file_name": "film\x1b[31m.mp4"},
        {"submitted_at": "0001-01-01T00:00:00+14:00"},
        {"submitted_at": "9999-12-31T23:59:59-14:00"},
        {"submitted_at": 0},
        {"submitted_at": "2026-01-01T00:00:00"},
        {"priority": "whenever"},
        {"location": {"kind": "tape"}},
        {"location": {**OBJECT.model_dump(), "key": "uploads/\0"}},
        {"location": {**STREAM.model_dump(), "ranges": []}},
        {"location": {**STREAM.model_dump(), "chunks": 10**12}},
        {"location": {**STREAM.model_dump(), "upload_id": "u 1"}},
        {"location": {**STREAM.model_dump(), "ranges": [{"shard_id": "shard-0", "first": "1", "last": "latest"}]}},
        {"location": {**STREAM.model_dump(), "ranges": [{"shard_id": "", "first": "1", "last": "2"}]}},
        {"content": {"id": "Not an id", "titles": {"en": "A film"}}},
        {"content": {"id": "a-film", "titles": {"en": "A\0film"}}},
        {"content": {"id": "another-film", "titles": {"en": "A film"}}},
        {"ladder_version": "another"},
        {"job_id": "00000000-0000-0000-0000-000000000000"},
    ],
)
def test_what_is_not_understood_is_undecodable(changes: dict[str, Any]) -> None:
    with pytest.raises(UndecodableError):
        parse_submission(changed(**changes))


@given(st.binary(max_size=200))
def test_noise_is_undecodable(data: bytes) -> None:
    with pytest.raises(UndecodableError):
        parse_submission(data)


def test_a_submission_that_no_message_could_hold_is_refused() -> None:
    titles = {f"{first}{second}": "x" * 500 for first in "abcdefghijklmnopq" for second in "abcdefghijklmnopq"}
    record = submitted(content=ContentRecord(id="a-film", titles=titles))

    with pytest.raises(ValueError, match=str(SUBMISSION_BYTES)):
        record.to_bytes()


@given(
    upload_id=st.from_regex(r"[A-Za-z0-9-]{1,64}", fullmatch=True),
    number=st.integers(0, 999_999_999),
    content=st.binary(max_size=100),
)
def test_a_chunk_is_read_as_it_was_written(upload_id: str, number: int, content: bytes) -> None:
    assert parse_chunk(chunk_data(upload_id, number, content)) == (upload_id, number, content)


@pytest.mark.parametrize("data", [b"", b"u-1\n", b"u-1 x\n", b"u-1 1", b"u/1 1\n", b" 1\n"])
def test_a_chunk_without_header_is_undecodable(data: bytes) -> None:
    with pytest.raises(UndecodableError):
        parse_chunk(data)


def test_the_largest_chunk_fits_a_record() -> None:
    assert len(chunk_data("u" * 64, 999_999_999, bytes(CHUNK_BYTES))) + len("chunk/" + "u" * 64) <= RECORD_BYTES
