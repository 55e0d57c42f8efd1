"""The hash chain, without a database."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given, strategies as st

from lib.contracts.audit import GENESIS, AuditEvent, Seal, canonical, chain_hash, seals, verify

KEY = "key"
EVENT = AuditEvent(
    event_id=7,
    at=datetime(2026, 1, 2, 3, 4, 5, 600, tzinfo=UTC),
    actor="person:1",
    login="app",
    action="job.received",
    subject_kind="job",
    subject_id="Zoë",
    job_id=UUID(int=1),
    before=None,
    after={"state": "received", "digest": "d"},
)
TRAIL = st.integers(2, 12).map(
    lambda length: [
        EVENT.model_copy(update={"event_id": number, "actor": f"person:{number}"}) for number in range(length)
    ]
)


def test_the_hash_is_the_one_that_is_documented() -> None:
    text = (
        '{"action":"job.received","actor":"person:1","after":{"digest":"d","state":"received"},'
        '"at":"2026-01-02T03:04:05.000600Z","before":null,"event_id":7,"job_id":"00000000-0000-0000-0000-000000000001",'
        '"login":"app","subject_id":"Zoë","subject_kind":"job"}'
    )

    assert canonical(EVENT) == text.encode()
    assert chain_hash(GENESIS, EVENT, KEY) == hmac.new(b"key", b"0" * 64 + text.encode(), hashlib.sha256).hexdigest()


def test_the_form_does_not_depend_on_the_reader() -> None:
    read = AuditEvent.model_validate(
        {**json.loads(canonical(EVENT)), "at": "2026-01-02T05:04:05.000600+02:00", "position": 1}
    )

    assert canonical(read) == canonical(EVENT)


@given(events=TRAIL, split=st.integers(0, 12))
def test_a_chain_goes_on_where_it_ended(events: list[AuditEvent], split: int) -> None:
    first = seals(events[:split], after=None, key=KEY)
    second = seals(events[split:], after=first[-1] if first else None, key=KEY)

    assert first + second == seals(events, after=None, key=KEY)
    assert list(verify(zip(first + second, events, strict=True), KEY)) == []


@given(events=TRAIL, data=st.data())
def test_one_changed_event_is_one_fault(events: list[AuditEvent], data: st.DataObject) -> None:
    chain = seals(events, after=None, key=KEY)
    index = data.draw(st.integers(0, len(events) - 1))
    events[index] = events[index].model_copy(update={"action": "job.published"})

    (fault,) = verify(zip(chain, events, strict=True), KEY)

    assert (fault.position, fault.event_id) == (index + 1, index)


@given(events=TRAIL, data=st.data())
def test_a_missing_pair_and_two_exchanged_are_found(events: list[AuditEvent], data: st.DataObject) -> None:
    trail = list(zip(seals(events, after=None, key=KEY), events, strict=True))
    index = data.draw(st.integers(0, len(events) - 2))

    without = trail[:index] + trail[index + 1 :]
    assert [fault.position for fault in verify(without, KEY)] == [index + 2]

    exchanged = list(trail)
    exchanged[index] = (trail[index][0], trail[index + 1][1])
    exchanged[index + 1] = (trail[index + 1][0], trail[index][1])
    assert [fault.position for fault in verify(exchanged, KEY)] == [index + 1, index + 2]


def test_a_chain_made_without_the_key_does_not_pass() -> None:
    (forged,) = seals([EVENT], after=None, key="guess")

    assert list(verify([(forged, EVENT)], KEY)) != []


def test_an_event_that_is_gone_is_a_fault() -> None:
    chain = seals([EVENT], after=None, key=KEY)

    (fault,) = verify([(chain[0], None)], KEY)

    assert fault.message == "the event is gone"


def test_the_first_position_has_no_predecessor() -> None:
    good = chain_hash("f" * 64, EVENT, KEY)

    (fault,) = verify([(Seal(1, 7, "f" * 64, good), EVENT)], KEY)

    assert "follow" in fault.message
