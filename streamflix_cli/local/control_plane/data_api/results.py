"""Results of PostgreSQL as records of the Data API."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from psycopg.adapt import Transformer
from psycopg.postgres import types
from psycopg.pq import Format
from psycopg.pq.abc import PGresult

from streamflix_cli.local.control_plane.data_api.columns import Column
from streamflix_cli.local.control_plane.data_api.errors import unsupported_result

READ_AS = {
    "longValue": "int8",
    "doubleValue": "float8",
    "booleanValue": "bool",
    "blobValue": "bytea",
    "stringValue": "text",
}
"""PostgreSQL's type whose text the value's text reads like: what is a string here stays as PostgreSQL writes it."""
LONGEST_ROW = 64 * 1024
LARGEST_RESULT = 1024 * 1024
LARGEST_JSON = 10 * 1024 * 1024
"""Bytes (Aurora user guide, "Troubleshooting Amazon RDS Data API", and ExecuteStatement's `formattedRecords`)."""

Field = dict[str, Any]


@dataclass(frozen=True)
class ReturnTypes:
    """`resultSetOptions`: how numbers come back.

    Attributes:
        decimal: `STRING`, or `DOUBLE_OR_LONG` by the number's scale.
        long: `LONG` or `STRING`.
    """

    decimal: str = "STRING"
    long: str = "LONG"


def records(
    result: PGresult, columns: tuple[Column, ...], return_types: ReturnTypes, *, limit: int = LARGEST_RESULT
) -> list[list[Field]]:
    """The rows of a result, each a list of `Field` structures.

    Args:
        result: Rows in text format.
        columns: Their columns.
        return_types: How numbers come back.
        limit: Bytes that all rows together may have.

    Raises:
        DataApiError: UnsupportedResultException.
    """
    transformer = Transformer()
    loaders = [transformer.get_loader(_oid(column), Format.TEXT) for column in columns]
    rows = []
    for row in range(result.ntuples):
        texts = [result.get_value(row, i) for i in range(result.nfields)]
        size = sum(len(text) for text in texts if text is not None)
        limit -= size
        if size > LONGEST_ROW:
            raise unsupported_result("Packet for query is too large.")
        if limit < 0:
            raise unsupported_result("Database response exceeded size limit.")
        rows.append(
            [
                {"isNull": True} if text is None else _field(column, loader.load(text), return_types)
                for text, column, loader in zip(texts, columns, loaders, strict=True)
            ]
        )
    return rows


def formatted(result: PGresult, columns: tuple[Column, ...], return_types: ReturnTypes) -> str:
    """The rows of a result as one JSON text: a list of objects by column label.

    Raises:
        DataApiError: UnsupportedResultException.
    """
    return json.dumps(
        [
            {column.name: _plain(field) for column, field in zip(columns, fields, strict=True)}
            for fields in records(result, columns, return_types, limit=LARGEST_JSON)
        ],
        separators=(",", ":"),
    )


def _oid(column: Column) -> int:
    info = types[READ_AS[column.kind]]
    return info.array_oid if column.is_array else info.oid


def _field(column: Column, value: Any, return_types: ReturnTypes) -> Field:
    if not column.is_array:
        kind, member = _member(column, value, return_types)
        return {kind: member}
    if any(isinstance(element, list) for element in value):
        raise unsupported_result("The result contains a multidimensional array.")
    members = [None if element is None else _member(column, element, return_types) for element in value]
    kinds = {kind for kind, _ in filter(None, members)} or {column.kind}
    # A list of one kind: numbers of mixed scale become doubles, bytes the text that stands for them.
    kind = "stringValue" if kinds == {"blobValue"} else min(kinds)
    return {"arrayValue": {f"{kind}s": [None if member is None else member[1] for member in members]}}


def _member(column: Column, value: Any, return_types: ReturnTypes) -> tuple[str, Any]:
    if column.kind == "blobValue":
        return "blobValue", base64.b64encode(value).decode()
    if column.kind == "longValue" and return_types.long == "STRING":
        return "stringValue", str(value)
    if column.type_name == "numeric" and return_types.decimal == "DOUBLE_OR_LONG":
        return ("longValue", int(value)) if value.lstrip("-").isdigit() else ("doubleValue", float(value))
    if column.type_name == "timestamptz":
        return "stringValue", value.removesuffix("+00")
    return column.kind, value


def _plain(field: Field) -> Any:
    kind, value = next(iter(field.items()))
    if kind == "isNull":
        return None
    return next(iter(value.values())) if kind == "arrayValue" else value
