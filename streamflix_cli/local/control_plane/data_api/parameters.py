"""Named parameters: `:name` in a statement, and their typed values."""

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from psycopg.postgres import types

from streamflix_cli.local.control_plane.data_api.errors import database_error, invalid

TOKEN = re.compile(
    r"""
      [eE]'(?:[^'\\]|\\.|'')*(?:'|\Z)             # string with escapes
    | '[^']*(?:'|\Z)                              # string; a doubled quote makes two of them
    | "[^"]*(?:"|\Z)                              # quoted identifier
    | --[^\n]*                                    # comment
    | (?P<comment>/\*)                            # comment, which may hold others
    | \$(?P<tag>(?:[^\W\d]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z)
    | [^\W\d][\w$]*                               # word
    | ::
    | :(?P<name>[^\W\d]\w*)
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
COMMENT_MARK = re.compile(r"/\*|\*/")

VALUE_TYPES = {
    "stringValue": "varchar",
    "longValue": "int8",
    "doubleValue": "float8",
    "booleanValue": "bool",
    "blobValue": "bytea",
}
"""PostgreSQL's type of each kind of value. None is converted silently: a string is no `uuid` and no enum."""
HINTED_TYPES = {
    "DATE": "date",
    "DECIMAL": "numeric",
    "JSON": "json",
    "TIME": "time",
    "TIMESTAMP": "timestamp",
    "UUID": "uuid",
}
UNKNOWN_TYPE = 0
"""PostgreSQL infers it."""


@dataclass(frozen=True)
class Parameter:
    """A value on its way to PostgreSQL.

    Attributes:
        text: In text format, None for NULL.
        type_oid: PostgreSQL's type.
    """

    text: bytes | None
    type_oid: int


@dataclass(frozen=True)
class Statement:
    """A statement with `$1`, `$2` … for its parameters.

    Attributes:
        sql: The text.
        names: The parameters' names, by number.
    """

    sql: str
    names: tuple[str, ...]

    def bind(self, parameters: Iterable[dict[str, Any]]) -> tuple[Parameter, ...]:
        """The values for the statement's parameters; those that it does not name are left out.

        Args:
            parameters: `SqlParameter` structures of the service.

        Raises:
            DataApiError: A parameter is missing or has no value that can be sent.
        """
        values = {parameter.get("name"): parameter for parameter in parameters}
        missing = [name for name in self.names if name not in values]
        if missing:
            raise invalid(f"Cannot find parameter: {missing[0]}")
        return tuple(_parameter(values[name]) for name in self.names)


def parse(sql: str) -> Statement:
    """Numbers the `:name` parameters, outside strings, identifiers, comments and casts.

    Raises:
        DataApiError: No text that PostgreSQL takes.
    """
    _refuse_null_characters(sql)
    names: dict[str, int] = {}
    pieces = [f"${names.setdefault(name, len(names) + 1)}" if name is not None else text for text, name in _tokens(sql)]
    return Statement("".join(pieces), tuple(names))


def _tokens(sql: str) -> Iterator[tuple[str, str | None]]:
    position = 0
    while match := TOKEN.match(sql, position):
        end = _end_of_comment(sql, match.end()) if match["comment"] else match.end()
        yield sql[position:end], match["name"]
        position = end


def _end_of_comment(sql: str, position: int) -> int:
    depth = 1
    for mark in COMMENT_MARK.finditer(sql, position):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(sql)


def _parameter(parameter: dict[str, Any]) -> Parameter:
    value: dict[str, Any] = parameter.get("value") or {}
    if value.get("isNull"):
        return Parameter(None, UNKNOWN_TYPE)
    if "arrayValue" in value:
        raise invalid("Array parameters are not supported.")
    kind = next((kind for kind in VALUE_TYPES if value.get(kind) is not None), None)
    if kind is None:
        raise invalid(f"The parameter {parameter.get('name')} has no value.")
    hint = parameter.get("typeHint")
    if hint is not None and (hint not in HINTED_TYPES or kind != "stringValue"):
        raise invalid(f"The type hint {hint} does not fit the parameter {parameter.get('name')}.")
    type_name = HINTED_TYPES[hint] if hint else VALUE_TYPES[kind]
    return Parameter(_text(kind, value[kind]), types[type_name].oid)


def _text(kind: str, value: Any) -> bytes:
    if kind == "blobValue":
        return b"\\x" + base64.b64decode(value).hex().encode()
    if kind == "booleanValue":
        return b"true" if value else b"false"
    text = str(value)
    _refuse_null_characters(text)
    return text.encode()


def _refuse_null_characters(text: str) -> None:
    """libpq would end the text there."""
    if "\0" in text:
        raise database_error('ERROR: invalid byte sequence for encoding "UTF8": 0x00; SQLState: 22021')
