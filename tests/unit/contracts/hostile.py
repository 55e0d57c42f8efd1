"""Records as nobody would write them: valid ones with every text that is allowed, and broken ones."""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import date, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from lib.contracts.content import ContentRecord, Rights
from lib.contracts.identity import job_id
from lib.contracts.records import (
    FIRST_TIME,
    LAST_TIME,
    MOST_BYTES,
    MOST_CHUNKS,
    ChunkRange,
    Location,
    ObjectLocation,
    StreamLocation,
    VideoSubmitted,
)

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=30) | st.sampled_from(
    ["'; DROP TABLE job; --", "{{7*7}}", "%s%n", "\u202eevil", "\ufeff", "\u2028", "é" * 300, "🎬", "../../etc/passwd"]
)
COUNTRY = st.from_regex(r"[A-Z]{2}", fullmatch=True)
LANGUAGE = st.from_regex(r"[a-z]{2,3}(-[A-Z]{2})?", fullmatch=True)
SHA256 = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
SEQUENCE_NUMBER = st.integers(0, 10**129 - 1).map(str)
NAME = TEXT.filter(lambda name: bool(name) and "/" not in name and name not in {".", ".."} and len(name) <= 200)


def _rights(territories: list[str], days: list[date | None]) -> Rights:
    start, end = days
    if start and end and end < start:
        start, end = end, start
    return Rights(territories=tuple(territories), start=start, end=end)


RIGHTS = st.builds(
    _rights,
    st.lists(COUNTRY, min_size=1, max_size=3),
    st.lists(st.none() | st.dates(), min_size=2, max_size=2),
)
CONTENT = st.builds(
    ContentRecord,
    id=st.from_regex(r"[a-z0-9]{1,20}([._-][a-z0-9]{1,20}){0,3}", fullmatch=True),
    titles=st.dictionaries(LANGUAGE, TEXT.filter(bool), min_size=1, max_size=3),
    kind=st.sampled_from(["film", "episode", "short", "trailer", "other"]),
    original_language=st.none() | LANGUAGE,
    production_countries=st.lists(COUNTRY, max_size=3).map(tuple),
    year=st.none() | st.integers(1888, 2200),
    territories=st.none() | st.lists(COUNTRY, max_size=3).map(tuple),
    rights=st.none() | st.lists(RIGHTS, max_size=2).map(tuple),
)
RANGE = st.builds(
    ChunkRange,
    shard_id=st.from_regex(r"[A-Za-z0-9_.-]{1,40}", fullmatch=True),
    first=SEQUENCE_NUMBER,
    last=SEQUENCE_NUMBER,
)
LOCATION: st.SearchStrategy[Location] = st.builds(
    ObjectLocation, bucket=TEXT, key=TEXT, version_id=st.none() | TEXT
) | st.builds(
    StreamLocation,
    stream=TEXT,
    upload_id=st.from_regex(r"[A-Za-z0-9-]{1,64}", fullmatch=True),
    chunks=st.integers(1, MOST_CHUNKS),
    ranges=st.lists(RANGE, min_size=1, max_size=3).map(tuple),
)


@st.composite
def submissions(draw: st.DrawFn) -> VideoSubmitted:
    """Any record that is valid."""
    content, sha256, ladder = draw(CONTENT), draw(SHA256), draw(TEXT)
    times = st.datetimes(FIRST_TIME.replace(tzinfo=None), LAST_TIME.replace(tzinfo=None), timezones=OFFSETS).filter(
        lambda time: FIRST_TIME <= time < LAST_TIME
    )
    return VideoSubmitted(
        job_id=job_id(content.id, sha256, ladder),
        content=content,
        file_name=draw(NAME),
        size=draw(st.integers(0, MOST_BYTES)),
        sha256=sha256,
        ladder_version=ladder,
        priority=draw(st.sampled_from(["urgent", "normal", "bulk"])),
        location=draw(LOCATION),
        submitted_at=draw(times),
        submitted_by=draw(st.from_regex(r"person:[0-9a-f]{16}", fullmatch=True)),
    )


WRONG: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        [
            *(2**31, 2**53, 2**63, -(2**63) - 1, 10**400, 1e308, float("inf"), float("nan")),
            *("\0", "a\0b", "\ud800", "\udfff\ud800", "\x1b[31m", "\u202e", "\ufeff", "x" * 70_000, "1" * 5_000),
            *([], {}, [[[[]]]], {"": {"": {}}}, {"__class__": 1}, ["a"] * 1000, "0001-01-01T00:00:00+14:00"),
            *("9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00", "NaN", "Infinity", "null", "-0", "1e3"),
        ]
    ),
).map(deepcopy)
"""What may stand where something else should; a copy, for it may be changed in its turn."""


@st.composite
def broken(draw: st.DrawFn, value: Any) -> Any:
    """A JSON value in which something is replaced, removed, added or put elsewhere."""
    value = json.loads(json.dumps(value))
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(value))
        holder, key = draw(st.sampled_from(places))
        match draw(st.sampled_from(["replace", "remove", "add", "wrap", "move"])):
            case "replace":
                holder[key] = draw(WRONG)
            case "remove":
                del holder[key]
            case "add" if isinstance(holder, dict):
                holder[draw(st.text(max_size=10) | st.sampled_from(["x" * 10_000, "\0", "\ud800"]))] = draw(WRONG)
            case "wrap":
                holder[key] = [holder[key]]
            case _:
                other, place = draw(st.sampled_from(places))
                holder[key] = json.loads(json.dumps(other[place]))
        if not list(_places(value)):
            break
    return value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every list or mapping in a value with each of its keys."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])


@st.composite
def written(draw: st.DrawFn, value: Any) -> bytes:
    """A value as JSON, or nearly so: in encodings, with marks, and with additions that JSON does not have."""
    text = json.dumps(value, ensure_ascii=draw(st.booleans()))
    match draw(st.sampled_from(["as it is"] * 4 + ["twice", "comment", "comma", "cut", "padded", "keys twice"])):
        case "twice":
            text *= 2
        case "comment":
            text += "// the end"
        case "comma":
            text = text[:-1] + ",}"
        case "cut":
            text = text[: draw(st.integers(0, len(text)))]
        case "padded":
            text = "\n\t " * 1000 + text + "\0"
        case "keys twice":
            text = text[:-1] + ', "v": 1, "v": 2, "sha256": "0"}'
        case _:
            pass
    encoding = draw(st.sampled_from(["utf-8"] * 6 + ["utf-8-sig", "utf-16", "utf-32-be", "utf-7"]))
    return text.encode(encoding, errors="surrogatepass" if encoding.startswith("utf-8") else "replace")
