"""Whatever comes through the stream or the queue is read, or refused as undecodable; nothing else happens."""

import base64
import json
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from lib.contracts.content import ContentRecord
from lib.contracts.messages import Submission, TaskReady, parse_message
from lib.contracts.records import UndecodableError, VideoSubmitted, parse_chunk, parse_submission
from tests.limits import run_limited
from tests.unit.contracts.hostile import CONTENT, WRONG, broken, submissions, written
from tests.unit.contracts.test_messages import envelope
from tests.unit.contracts.test_records import STREAM, submitted

FUZZ = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MOST_SAID = 1200
"""Characters of an error: it goes into a log line and a message's attribute."""
VALID = [json.loads(submitted().to_bytes()), json.loads(submitted(STREAM).to_bytes())]


def parsed(data: bytes) -> VideoSubmitted | None:
    try:
        record = parse_submission(data)
    except UndecodableError as error:
        assert len(str(error)) < MOST_SAID  # noqa: PT017 - there may be none
        return None
    assert parse_submission(record.model_dump_json().encode()) == record
    text = json.dumps(record.model_dump(mode="json"), allow_nan=False, ensure_ascii=False)
    assert "\\u0000" not in text
    text.encode()
    return record


def understood(body: str) -> Submission | TaskReady | None:
    try:
        return parse_message(body)
    except UndecodableError as error:
        assert len(str(error)) < MOST_SAID  # noqa: PT017 - there may be none
        return None


@FUZZ
@given(record=submissions())
def test_every_valid_record_survives_the_way(record: VideoSubmitted) -> None:
    data = base64.b64encode(record.to_bytes()).decode()
    assert understood(envelope(data=data)) == Submission(
        record=record, sequence_number="49590338271490256608559692538361571095921575989136588898"
    )


@FUZZ
@given(data=st.data())
def test_any_change_of_a_record_is_read_or_undecodable(data: st.DataObject) -> None:
    changed = data.draw(broken(data.draw(st.sampled_from(VALID))))
    parsed(data.draw(written(changed)))


@FUZZ
@given(data=st.binary(max_size=300) | st.text(max_size=100).map(lambda text: text.encode(errors="replace")))
def test_any_bytes_are_undecodable(data: bytes) -> None:
    assert parsed(data) is None


@FUZZ
@given(data=st.data())
def test_any_change_of_a_message_is_understood_or_undecodable(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([json.loads(envelope()), {"type": "task.ready", "v": 1}]))
    understood(data.draw(written(data.draw(broken(whole)))).decode(errors="replace"))


@FUZZ
@given(body=st.text(max_size=100) | WRONG.map(json.dumps))
def test_any_text_is_understood_or_undecodable(body: str) -> None:
    assert understood(body) is None


@FUZZ
@given(data=st.binary(max_size=200) | st.from_regex(rb"[a-z0-9-]{0,70} [0-9]{0,12}\n.*", fullmatch=True))
def test_any_bytes_are_a_chunk_or_undecodable(data: bytes) -> None:
    try:
        upload_id, number, content = parse_chunk(data)
    except UndecodableError:
        return
    assert data.startswith(upload_id.encode())
    assert data.endswith(b"%d\n%s" % (number, content))


@FUZZ
@given(data=st.data())
def test_any_change_of_a_content_record_is_read_or_refused(data: st.DataObject) -> None:
    value: Any = data.draw(broken(data.draw(CONTENT).model_dump(mode="json")))
    try:
        record = ContentRecord.model_validate(value)
    except ValueError:  # Pydantic's is one
        return
    assert ContentRecord.model_validate_json(record.model_dump_json()) == record


BOMBS = """
import base64, json, sys
from lib.contracts.messages import parse_message
from lib.contracts.records import UndecodableError, parse_submission

MEBIBYTE = 1024 * 1024
raw = sys.stdin.buffer.read()
valid = json.loads(raw)

def with_titles(titles):
    return json.dumps({**valid, "content": {"id": "a-film", "titles": titles}}).encode()

def with_rights(rights):
    content = {"id": "a-film", "titles": {"en": "A film"}, "rights": rights}
    return json.dumps({**valid, "content": content}).encode()

records = {
    "lists in lists": b"[" * 130_000,
    "mappings in mappings": b'{"content":' * 10_000,
    "closed lists": b"[" * 60_000 + b"]" * 60_000,
    "lists in an unknown field": raw[:-1] + b', "x": ' + b"[" * 60_000 + b"]" * 60_000 + b"}",
    "digits": raw[:-1] + b', "size": ' + b"9" * 120_000 + b"}",
    "an exponent": raw[:-1] + b', "size": 1e' + b"9" * 1000 + b"}",
    "one text": with_titles({"en": "x" * 120_000}),
    "escapes": with_titles({"en": "\\ud83c\\udfac" * 10_000}),
    "a long name": with_titles({"x" * 120_000: "A film"}),
    "many names": with_titles({str(number): "" for number in range(10_000)}),
    "many wrong rights": with_rights([{}] * 25_000),
    "many wrong countries": with_rights([{"territories": ["xx"] * 18_000}]),
    "one name again and again": raw[:-1] + b', "v": 1' * 14_000 + b"}",
    "blanks": b" " * 130_000,
    "many ranges": json.dumps({**valid, "location": {"kind": "stream", "ranges": [{}] * 25_000}}).encode(),
    "too large": b"[" * MEBIBYTE,
    "too many": with_rights([{}] * 200_000),
}
for name, record in records.items():
    for parse, value in (
        (parse_submission, record),
        (parse_message, record.decode()),
        (parse_message, json.dumps({
            "eventSource": "aws:kinesis", "sequenceNumber": "1", "data": base64.b64encode(record).decode()
        })),
    ):
        try:
            parse(value)
        except UndecodableError as error:
            assert len(str(error)) < 1200, name
        else:
            assert name == "one name again and again", name
print("all refused")
"""


def test_no_record_takes_much_time_or_memory() -> None:
    given = submitted().to_bytes()
    assert run_limited(BOMBS, cpu_seconds=30, memory_mib=256, given=given) == "all refused\n"
