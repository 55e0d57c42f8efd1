import string

import pytest
from hypothesis import given, strategies as st
from psycopg import sql
from psycopg.postgres import types

from streamflix_cli.local.control_plane.data_api.errors import DataApiError
from streamflix_cli.local.control_plane.data_api.parameters import Parameter, parse

NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,5}", fullmatch=True)
QUIET = st.text(string.ascii_letters + string.digits + " \n(),.;=<>+%?@{}[]|é:$'\"-/*\\", max_size=20)
"""What may stand inside a literal, marks of other literals and of parameters included."""


def literal(text: str) -> str:
    return sql.Literal(text.replace("\\", "/")).as_string(None)


def identifier(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def line_comment(text: str) -> str:
    return "-- " + text.replace("\n", " ") + "\n"


def block_comment(text: str) -> str:
    inner = text.replace("*/", "").replace("/*", "").rstrip("*/")
    return f"/* {inner} /* :nested {inner} */ */"


def dollar_quoted(text: str) -> str:
    return f"$tag${text.replace('$tag$', '')}$tag$"


OPAQUE = st.one_of(
    *(st.builds(write, QUIET) for write in (literal, identifier, line_comment, block_comment, dollar_quoted)),
    st.sampled_from(["SELECT", "a::text", "name$a$b", "{1,2}[1:2]", "x := 1", "E'it\\'s :a'", "''", "'a'':b'"]),
)
PIECES = st.lists(st.one_of(OPAQUE, NAMES.map(lambda name: f":{name}")), max_size=8)


@given(PIECES)
def test_parameters_are_found_outside_what_is_quoted_and_nothing_else_changes(pieces: list[str]) -> None:
    statement = parse(" ".join(pieces))
    names = list(dict.fromkeys(piece[1:] for piece in pieces if piece.startswith(":")))
    assert statement.names == tuple(names)
    expected = (f"${names.index(piece[1:]) + 1}" if piece.startswith(":") else piece for piece in pieces)
    assert statement.sql == " ".join(expected)


@given(st.text())
def test_any_text_is_taken_apart_without_loss(text: str) -> None:
    if "\0" in text:
        with pytest.raises(DataApiError):
            parse(text)
        return
    statement = parse(text)
    if not statement.names:
        assert statement.sql == text


def test_a_parameter_that_is_named_twice_is_sent_once() -> None:
    statement = parse("SELECT :a, :b, :a::text")
    assert statement.sql == "SELECT $1, $2, $1::text"
    values = [{"name": "b", "value": {"longValue": 2}}, {"name": "a", "value": {"stringValue": "x"}}]
    assert statement.bind(values) == (Parameter(b"x", types["varchar"].oid), Parameter(b"2", types["int8"].oid))


def test_a_null_character_never_cuts_a_value_short() -> None:
    with pytest.raises(DataApiError, match="22021"):
        parse("SELECT :a").bind([{"name": "a", "value": {"stringValue": "a\0b"}}])


@pytest.mark.parametrize("value", [{}, {"isNull": False}, {"arrayValue": {"longValues": [1]}}])
def test_a_parameter_without_a_value_that_can_be_sent_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(DataApiError):
        parse("SELECT :a").bind([{"name": "a", "value": value}])
