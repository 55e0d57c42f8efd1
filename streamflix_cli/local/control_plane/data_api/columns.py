"""The columns of a result: what may be handed on, and as what."""

from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.postgres import types
from psycopg.pq.abc import PGresult

from streamflix_cli.local.control_plane.data_api.errors import unsupported_result

STRINGS = "bpchar char cidr date inet json jsonb name numeric text time timestamp timestamptz uuid varchar"
KINDS = {
    **dict.fromkeys(("int2", "int4", "int8", "oid"), "longValue"),
    **dict.fromkeys(("float4", "float8"), "doubleValue"),
    "bool": "booleanValue",
    "bytea": "blobValue",
    **dict.fromkeys(STRINGS.split(), "stringValue"),
}
"""Member of `Field` that holds a value of a type (Aurora user guide, "Amazon RDS Data API operations reference")."""
JDBC_TYPES = {
    "bool": -7,
    "bytea": -2,
    **dict.fromkeys(("int8", "oid"), -5),
    **dict.fromkeys(("bpchar", "char"), 1),
    "numeric": 2,
    "int4": 4,
    "int2": 5,
    "float4": 7,
    "float8": 8,
    **dict.fromkeys(("name", "text", "varchar"), 12),
    "date": 91,
    "time": 92,
    **dict.fromkeys(("timestamp", "timestamptz"), 93),
}
"""`java.sql.Types`, in which the service counts."""
JDBC_OTHER, JDBC_ARRAY = 1111, 2003
NULLABILITY_UNKNOWN = 2
MODIFIER_HEADER = 4
"""What PostgreSQL adds to a declared length, and to precision and scale packed into one number."""

LOOK_UP = b"""
SELECT t.oid, t.typname, coalesce(e.typname, ''), coalesce(e.typtype, t.typtype) = 'e'
FROM pg_type t LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
WHERE t.oid = ANY ($1::oid[])
"""


@dataclass(frozen=True)
class Column:
    """A column of a result.

    Attributes:
        name: Its label.
        type_name: PostgreSQL's type; in an array, that of the elements.
        kind: Member of `Field` that holds its values.
        is_array: Whether it holds arrays.
        modifier: PostgreSQL's type modifier, negative for none.
    """

    name: str
    type_name: str
    kind: str
    is_array: bool
    modifier: int

    def metadata(self) -> dict[str, Any]:
        """Its `ColumnMetadata`; the table that it comes from is left empty."""
        jdbc_type = JDBC_TYPES.get(self.type_name, JDBC_OTHER)
        precision, scale = self._size()
        return {
            "name": self.name,
            "label": self.name,
            "type": JDBC_ARRAY if self.is_array else jdbc_type,
            "typeName": f"_{self.type_name}" if self.is_array else self.type_name,
            "arrayBaseColumnType": jdbc_type if self.is_array else 0,
            "schemaName": "",
            "tableName": "",
            "isAutoIncrement": False,
            "isCaseSensitive": self.kind == "stringValue",
            "isCurrency": False,
            "isSigned": self.kind in {"longValue", "doubleValue"} or self.type_name == "numeric",
            "nullable": NULLABILITY_UNKNOWN,
            "precision": precision,
            "scale": scale,
        }

    def _size(self) -> tuple[int, int]:
        if self.modifier < MODIFIER_HEADER:
            return 0, 0
        size = self.modifier - MODIFIER_HEADER
        return divmod(size, 1 << 16) if self.type_name == "numeric" else (size, 0)


def columns(connection: Connection, result: PGresult) -> tuple[Column, ...]:
    """The columns of a result.

    Args:
        connection: Where the result comes from; asked about types that the database defines itself.
        result: Rows.

    Raises:
        DataApiError: UnsupportedResultException.
    """
    oids = [result.ftype(i) for i in range(result.nfields)]
    defined = _defined_types(connection, [oid for oid in oids if types.get(oid) is None])
    return tuple(_column((result.fname(i) or b"").decode(), oid, result.fmod(i), defined) for i, oid in enumerate(oids))


def _column(name: str, oid: int, modifier: int, defined: dict[int, tuple[str, bool, bool]]) -> Column:
    info = types.get(oid)
    type_name, is_array, is_enum = (info.name, oid != info.oid, False) if info else defined[oid]
    kind = "stringValue" if is_enum else KINDS.get(type_name)
    if kind is None:
        raise unsupported_result(f"The result contains the unsupported data type {type_name}.")
    return Column(name, type_name, kind, is_array, modifier)


def _defined_types(connection: Connection, oids: list[int]) -> dict[int, tuple[str, bool, bool]]:
    """Name, whether it is an array, whether it is an enum, by OID."""
    if not oids:
        return {}
    numbers = f"{{{','.join(map(str, oids))}}}".encode()
    found = connection.pgconn.exec_params(LOOK_UP, [numbers])
    rows = ([(found.get_value(row, i) or b"").decode() for i in range(4)] for row in range(found.ntuples))
    return {int(oid): (element or name, bool(element), is_enum == "t") for oid, name, element, is_enum in rows}
