"""Whatever stands in a content record's file: a record, or findings at places that are in the file."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings, strategies as st

from lib.contracts.content import ContentRecord
from streamflix_cli.errors import StreamflixError
from streamflix_cli.pipeline.content import MOST_FINDINGS, read_content
from streamflix_cli.profiles.nodes import LINE_BREAK
from tests.limits import run_limited
from tests.unit.contracts.hostile import CONTENT, broken

FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MOST_MESSAGE = 100_000
"""Characters of a refusal, whatever the file."""
YAML_TEXT = st.text(
    st.sampled_from(list("abc: -?[]{}#&*!|>'\"%@`,\n\t\r\\0123.~<=\x00\x1b\x85\u2028\ufeffé🎬")), max_size=80
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("content") / "film.yaml"


def read(path: Path, content: bytes) -> ContentRecord | None:
    path.write_bytes(content)
    try:
        record = read_content(path)
    except StreamflixError as error:
        refused = error
    else:
        assert ContentRecord.model_validate_json(record.model_dump_json()) == record
        return record
    assert refused.code in {"INVALID_CONTENT", "RECORD_TOO_LARGE"}
    assert len(refused.message) < MOST_MESSAGE
    assert not [character for character in refused.message if ord(character) < 32 and character not in "\n\t"]
    if refused.code == "INVALID_CONTENT":
        assert isinstance(refused.data, dict)
        lines = LINE_BREAK.split(content.decode("utf-8-sig", errors="replace"))
        assert 1 <= len(refused.data["diagnostics"]) <= MOST_FINDINGS
        for one in refused.data["diagnostics"]:
            assert one["rule"].startswith("SFX")
            assert 1 <= one["line"] <= len(lines)
            assert 1 <= one["column"] <= len(lines[one["line"] - 1]) + 1
    return None


def yaml_of(value: Any) -> str:
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False)


@FUZZ
@given(text=YAML_TEXT)
def test_any_text(path: Path, text: str) -> None:
    read(path, text.encode())
    read(path, f"id: a\ntitles: {{en: A}}\n{text}".encode())


@FUZZ
@given(content=st.binary(max_size=80))
def test_any_bytes(path: Path, content: bytes) -> None:
    assert read(path, content) is None


@FUZZ
@given(record=CONTENT, style=st.sampled_from([None, '"', "'", "|", ">"]), flow=st.sampled_from([None, True, False]))
def test_every_record_is_read_as_it_was_written(path: Path, record: ContentRecord, style: Any, flow: Any) -> None:
    value = record.model_dump(mode="json")
    quoted = yaml.safe_dump(value, allow_unicode=True, default_style='"', default_flow_style=flow)
    # Quoted numbers are text to YAML, and a year may be quoted; null may not.
    assert read(path, quoted.replace('!!null "null"', "null").replace('!!int "', '"').encode()) == record
    read(path, yaml.safe_dump(value, allow_unicode=True, default_style=style).encode())


@FUZZ
@given(data=st.data())
def test_any_change_of_a_record(path: Path, data: st.DataObject) -> None:
    changed = data.draw(broken(data.draw(CONTENT).model_dump(mode="json")))
    read(path, yaml_of(changed).encode(errors="replace"))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "cp437"])
def test_a_record_in_another_encoding_is_refused(path: Path, encoding: str) -> None:
    assert read(path, "id: a\ntitles: {nl: één film}\n".encode(encoding)) is None


def test_a_byte_order_mark_is_no_part_of_a_record(path: Path) -> None:
    assert read(path, "id: a\ntitles: {en: A}\n".encode("utf-8-sig")) is not None


@pytest.mark.parametrize(
    "text",
    [
        *("year: 1e999", "year: 1.0e999", "year: .inf", "year: .nan", "year: 0x7e0", "year: 0o3740", "year: 2_000"),
        *("year: 33:20", "year: 99999999999999999999", "year: yes", "year: !!int '2000'", "year: 2000-01-01"),
        *('kind: "\\0"', 'kind: "film\\0"', "kind: !!python/object/apply:os.system [true]", "kind: !!binary ZmlsbQ=="),
        *("kind: &a film\noriginal_language: *a", "kind: *nobody", "rights: &r [*r]", "<<: {kind: film}"),
        *("rights: [{territories: [NL], start: 0}]", "rights: [{territories: [NL], start: 1.0e999}]"),
        *("rights: [{territories: [NL], start: 2026-02-30}]", "rights: [{territories: [NL], start: true}]"),
        *('titles: {de: "\\ud800"}', "titles: {NO: A}", "? {a: b}\n: c", "? [a]\n: b", "id: b", "---\nid: b"),
        *("territories: [NO]", "territories: NL", "territories: {NL: true}", "%YAML 9.9", "year: 12_", "\tkind: film"),
        *('"[key]": 1', "rights: {0: a}", "rights: [a]", "rights: [[]]", "titles: [a]", "titles: {[key]: b}"),
    ],
)
def test_traps_are_refused(path: Path, text: str) -> None:
    assert read(path, f"id: a\ntitles: {{en: A}}\n{text}\n".encode()) is None


BOMBS = """
import sys, tempfile
from pathlib import Path
from streamflix_cli.errors import StreamflixError
from streamflix_cli.pipeline.content import read_content

SIZE = 250_000
laughs = "a0: &a0 [x, x]\\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\\n" for n in range(1, 60))
files = {
    "lists in lists": "[" * SIZE,
    "closed lists": "[" * (SIZE // 2) + "]" * (SIZE // 2),
    "mappings in mappings": "{a: " * (SIZE // 4),
    "entries in entries": "- " * (SIZE // 2) + "x",
    "keys in keys": "? " * (SIZE // 2) + "x",
    "indented": "".join(" " * n + "a:\\n" for n in range(600)),
    "laughs": laughs,
    "wrong in one line": "{id: a, titles: {en: A}, rights: [" + "{start: NO}, " * 15_000 + "]}",
    "days in one line": "{id: a, titles: {en: A}, rights: [" + "{start: 2026-01-01}, " * 6_000 + "]}",
    "unknown keys": "".join(f"k{n}: NO\\n" for n in range(19_000)),
    "one key": "id: a\\ntitles: {en: A}\\n" + "k" * SIZE + ": 1\\n",
    "one text": "id: a\\ntitles: {en: " + "x" * SIZE + "}\\n",
    "one number": "id: a\\ntitles: {en: A}\\nyear: " + "9" * SIZE,
    "one key twice": "id: a\\n" * (SIZE // 6),
    "anchors": "".join(f"- &a{n} x\\n" for n in range(20_000)),
    "comments": "#\\n" * (SIZE // 2),
    "quotes": '"' * SIZE,
    "escapes": "id: a\\ntitles: {en: \\"" + "\\\\x1b" * (SIZE // 4) + "\\"}",
    "tags": "!" * SIZE,
    "colons": "a: " * (SIZE // 3),
    "lines": "\\n" * SIZE + "a: [",
}
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "film.yaml"
    for name, text in files.items():
        path.write_text(text)
        try:
            read_content(path)
        except StreamflixError as error:
            assert error.code == "INVALID_CONTENT", name
            assert len(error.message) < 100_000, name
        else:
            raise AssertionError(name)
print("all refused")
"""


def test_no_record_takes_much_time_or_memory() -> None:
    assert run_limited(BOMBS, cpu_seconds=60, memory_mib=512) == "all refused\n"
