"""Content records: what is accepted, and where a wrong one is said to be wrong."""

import json
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings, strategies as st

from lib.contracts.content import ContentRecord
from streamflix_cli.errors import StreamflixError
from streamflix_cli.pipeline.content import default_content, read_content


def record(tmp_path: Path, text: str) -> ContentRecord:
    path = tmp_path / "film.yaml"
    path.write_text(text, encoding="utf-8")
    return read_content(path)


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(StreamflixError) as refused:
        record(tmp_path, text)
    assert refused.value.code == "INVALID_CONTENT"
    assert refused.value.exit_code == 2
    return refused.value.message


def test_dates_need_no_quotes(tmp_path: Path) -> None:
    read = record(
        tmp_path, 'id: a\ntitles: {en: A}\nrights:\n- {territories: [NL], start: 2026-01-31, end: "2027-01-31"}\n'
    )
    assert read.rights is not None
    assert (read.rights[0].start, read.rights[0].end) == (date(2026, 1, 31), date(2027, 1, 31))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("titles: {en: A}\nid: A B\n", ":2:5: error SFX206: `id` must be lower-case letters"),
        ("id: a\ntitles: {en: A}\nkind: flim\n", "= Did you mean `film`?"),
        ("id: a\ntitles: {english: A}\n", ":2:10: error SFX206: `titles.english` must be a language"),
        ("id: a\ntitles: {en: 7}\n", "= Put it in quotes."),
        ("id: a\ntitles: {}\n", "`titles` must have at least 1 item"),
        ("id: a\ntitles: {en: A}\nyear: soon\n", ":3:7: error SFX203: `year` must be a whole number, not `soon`"),
        ("id: a\ntitles: {en: A}\nyear: 9999\n", "must be at most 2200"),
        ("id: a\ntitles: {en: A}\nproduction_countries: [NO]\n", ":3:24: error SFX108: Unquoted `NO`"),
        ("id: a\ntitles: {en: A}\nrights:\n- {territories: [NL], start: soon}\n", "must be a date, as `2026-01-31`"),
        ("id: a\ntitles: {en: A}\nrights:\n- {territoris: [NL]}\n", "= Did you mean `territories`?"),
        (
            "id: a\ntitles: {en: A}\nrights:\n- {territories: [NL], start: 2026-01-02, end: 2026-01-01}\n",
            "`rights.0` `end` lies before `start`",
        ),
        ("id: a\ntitles: {en: A}\ntitle: 2026-01-31\n", ":3:1: error SFX201: Unknown key `title`."),
        ("- a\n", "A content record is a mapping of fields; this file holds a list."),
        ("", "this file holds nothing."),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rights:\n- {territories: [nl]}\n", [(4, 18)]),
        ("territories: [nl, Nl]\nproduction_countries: [xx]\n", [(3, 15), (3, 19), (4, 24)]),
        ("rights:\n- {territories: [NO]}\n", [(4, 18)]),
        ("titles: {EN: ''}\n", [(3, 10), (3, 14)]),
    ],
)
def test_what_is_wrong_is_said_once(tmp_path: Path, text: str, told: list[tuple[int, int]]) -> None:
    titles = "" if "titles" in text else "titles: {en: A}"
    with pytest.raises(StreamflixError) as refused:
        record(tmp_path, f"id: a\n{titles}\n{text}")
    assert isinstance(refused.value.data, dict)
    found = refused.value.data["diagnostics"]
    assert [(one["line"], one["column"]) for one in found] == told


def test_a_record_that_no_queue_could_carry_is_refused_before_anything_moves(tmp_path: Path) -> None:
    titles = {f"{first}{second}": "x" * 400 for first in "abcdefghijklmnopqrst" for second in "abcdefghijklmnopqrst"}
    with pytest.raises(StreamflixError) as refused:
        record(tmp_path, yaml.safe_dump({"id": "a", "titles": titles}).replace("no:", '"no":').replace("on:", '"on":'))
    assert refused.value.code == "RECORD_TOO_LARGE"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from([*ContentRecord.model_fields, "territoris"])


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(FIELDS, VALUES, max_size=6))
def test_whatever_a_file_holds_is_a_record_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, value: dict[str, object]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(yaml.safe_dump(value, allow_unicode=True), encoding="utf-8")
    try:
        read = read_content(path)
    except StreamflixError as error:
        refused = error
    else:
        assert ContentRecord.model_validate_json(read.model_dump_json()) == read
        return
    assert refused.code == "INVALID_CONTENT"
    json.dumps(refused.data)


@given(st.text(min_size=1, max_size=255).filter(lambda name: "/" not in name and "\0" not in name))
def test_every_file_name_makes_a_record_that_can_be_sent(name: str) -> None:
    made = default_content(Path("/folder") / name)
    assert ContentRecord.model_validate_json(made.model_dump_json()) == made


@pytest.mark.parametrize(
    ("name", "content_id"),
    [
        ("Big Buck Bunny (2008).mp4", "big-buck-bunny-2008"),
        ("Amélie.mov", "amelie"),
        ("Größe.mov", "grosse"),
        ("--.mp4", "video-"),
    ],
)
def test_an_id_is_made_of_the_files_name(name: str, content_id: str) -> None:
    assert default_content(Path(name)).id.startswith(content_id)
