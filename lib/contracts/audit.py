"""The audit trail's hash chain: how events are sealed and how the seals are checked.

Each event is sealed once, in the order of positions 1, 2, 3...:

    hash = HMAC-SHA256(key, previous hash || canonical JSON of the event)

The first previous hash is 64 zeros. Without the key nobody can change, add, remove or reorder a sealed event and
make the chain fit again; that the end was not cut off shows the head, which is kept outside the database.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, field_serializer

GENESIS = "0" * 64
"""The hash before the first."""

EVENT_COLUMNS = """
    e.event_id, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
    e.actor, e.login, e.action, e.subject_kind, e.subject_id, e.job_id, e.before, e.after
"""
"""The fields of an `AuditEvent` from `audit_event AS e`, in a form that every client reads alike."""

TRAIL_QUERY = f"""
    SELECT s.position, s.event_id AS sealed_event_id, s.previous_hash, s.hash, {EVENT_COLUMNS}
    FROM audit_seal AS s LEFT JOIN audit_event AS e USING (event_id)
"""  # noqa: S608 - of constants
"""Seals with their events, to be read in the order of `s.position`."""

HIDDEN_QUERY = """
    SELECT e.event_id FROM audit_event AS e
    WHERE NOT EXISTS (SELECT FROM audit_seal AS s WHERE s.event_id = e.event_id)
      AND NOT EXISTS (SELECT FROM audit_unsealed AS u WHERE u.event_id = e.event_id)
"""
"""Events that were kept from being sealed; there must be none. Those that wait to be sealed are not among them."""


class AuditEvent(BaseModel):
    """One thing that happened.

    Attributes:
        event_id: Given by the database, rising, with gaps.
        at: By the database's clock.
        actor: Pseudonym of who did it, or the worker that did.
        login: Database user that wrote it.
        action: `job.published`, `task.leased` and so on.
        subject_kind: `job`, `task` or whatever else it was done to.
        subject_id: Which one.
        job_id: The job that it belongs to.
        before: State and digest of the row before; None if it did not exist.
        after: The same afterwards.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    event_id: int
    at: AwareDatetime
    actor: str
    login: str
    action: str
    subject_kind: str
    subject_id: str
    job_id: UUID | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    @field_serializer("at")
    def _in_utc(self, at: datetime) -> str:
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True)
class Seal:
    """An event's place in the chain.

    Attributes:
        position: From 1.
        event_id: The sealed event.
        previous_hash: Of the position before.
        hash: 64 hexadecimal digits.
    """

    position: int
    event_id: int
    previous_hash: str
    hash: str


@dataclass(frozen=True)
class Fault:
    """Where the trail is not what was written.

    Attributes:
        position: In the chain.
        event_id: Which event.
        message: What is wrong.
    """

    position: int
    event_id: int
    message: str


def canonical(event: AuditEvent) -> bytes:
    """The event as the one sequence of bytes that everybody computes alike."""
    return json.dumps(event.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def chain_hash(previous: str, event: AuditEvent, key: str) -> str:
    """The hash that seals an event.

    Args:
        previous: Hash of the position before.
        event: What is sealed.
        key: The environment's audit key.

    Returns:
        64 hexadecimal digits.
    """
    return hmac.new(key.encode(), previous.encode() + canonical(event), hashlib.sha256).hexdigest()


def seals(events: Iterable[AuditEvent], *, after: Seal | None, key: str) -> list[Seal]:
    """Seals events in the order given.

    Args:
        events: To be sealed.
        after: The last seal so far; None without any.
        key: The environment's audit key.
    """
    position, previous = (after.position, after.hash) if after else (0, GENESIS)
    made = []
    for event in events:
        position += 1
        seal = Seal(position, event.event_id, previous, chain_hash(previous, event, key))
        previous = seal.hash
        made.append(seal)
    return made


def verify(trail: Iterable[tuple[Seal, AuditEvent | None]], key: str) -> Iterator[Fault]:
    """Checks a whole trail, as it is read.

    Args:
        trail: Every seal in the order of positions, with its event; None where that is gone.
        key: The environment's audit key.

    Yields:
        Faults. The chain goes on with the hash that is written, so that one changed event is one fault.
    """
    position, previous = 0, GENESIS
    for seal, event in trail:
        if seal.position != position + 1:
            yield Fault(seal.position, seal.event_id, f"positions {position + 1} to {seal.position - 1} are gone")
        elif seal.previous_hash != previous:
            yield Fault(seal.position, seal.event_id, "it does not follow on the position before")
        if event is None:
            yield Fault(seal.position, seal.event_id, "the event is gone")
        elif not hmac.compare_digest(seal.hash, chain_hash(seal.previous_hash, event, key)):
            yield Fault(seal.position, seal.event_id, "event or hash was changed")
        position, previous = seal.position, seal.hash
