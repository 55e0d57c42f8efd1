"""Seals the audit trail."""

from lib.contracts.audit import EVENT_COLUMNS, AuditEvent, Seal, seals
from lib.worker.database import Connection

_LOCK = 0x5EA1
"""Advisory lock of whoever extends the chain, until the end of its transaction."""


def seal(connection: Connection, key: str) -> None:
    """Seals every event that is not sealed yet, those of operators included.

    It must be the transaction's last statement: whoever holds the chain then waits for nobody.

    Args:
        connection: In a transaction.
        key: The environment's audit key.
    """
    if connection.execute("SELECT FROM audit_unsealed LIMIT 1").rowcount == 0:
        return
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    # A statement of its own, so that it sees what was committed while it waited for the lock.
    unsealed = [row["event_id"] for row in connection.execute("DELETE FROM audit_unsealed RETURNING event_id")]
    rows = connection.execute(
        f"SELECT {EVENT_COLUMNS} FROM audit_event AS e WHERE e.event_id = ANY(%s) ORDER BY e.event_id",  # noqa: S608
        [unsealed],
    )
    new = seals((AuditEvent.model_validate(row) for row in rows), after=head(connection), key=key)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO audit_seal (position, event_id, previous_hash, hash) VALUES (%s, %s, %s, %s)",
            [(each.position, each.event_id, each.previous_hash, each.hash) for each in new],
        )


def head(connection: Connection) -> Seal | None:
    """The last seal; None without any."""
    row = connection.execute(
        "SELECT position, event_id, previous_hash, hash FROM audit_seal ORDER BY position DESC LIMIT 1"
    ).fetchone()
    return Seal(**row) if row else None
