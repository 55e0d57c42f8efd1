"""What happens to a task whose worker stops, fails, or is too late."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from lib.contracts.states import JobState
from lib.worker.errors import LeaseLostError
from lib.worker.store import Claim, Store
from tests.integration.worker.conftest import SETTINGS
from tests.integration.worker.store.jobs import (
    INFO,
    PREFIX,
    RAW,
    STREAM,
    advance_to,
    claimed,
    expire,
    make_due,
    rows,
    state_of,
    submission,
)

WRITES: dict[str, tuple[str, Callable[[Store, Claim], object]]] = {
    "heartbeat": ("plan", lambda store, claim: store.heartbeat(claim, 0.5)),
    "complete_land": ("land", lambda store, claim: store.complete_land(claim, RAW)),
    "complete_plan": ("plan", lambda store, claim: store.complete_plan(claim, INFO, [{}])),
    "complete_encode": ("encode", lambda store, claim: store.complete_encode(claim, {})),
    "publish": ("finish", lambda store, claim: store.publish(claim, prefix=PREFIX, renditions=[], checks=[])),
    "reject": ("plan", lambda store, claim: store.reject(claim, "TRUNCATED", "It ends early.")),
    "hold": ("finish", lambda store, claim: store.hold(claim, "RIGHTS_MISSING", "Whose is it?", [])),
    "retry_later": ("plan", lambda store, claim: store.retry_later(claim, "DISK_FULL", "There is no room.")),
    "release": ("plan", lambda store, claim: store.release(claim)),
    "cancelled": ("plan", lambda store, claim: store.cancelled(claim)),
}
BEFORE: dict[str, JobState] = {"land": "received", "plan": "received", "encode": "encoding", "finish": "finishing"}


@pytest.mark.parametrize("write", WRITES)
def test_who_lost_its_lease_changes_nothing(store: Store, write: str) -> None:
    kind, act = WRITES[write]
    store.submit(submission(location=STREAM if kind == "land" else RAW))
    advance_to(store, BEFORE[kind], segments=1)
    late = claimed(store, "late")
    assert late.kind == kind
    expire(store, late)
    current = claimed(store, "current")
    assert (current.task_id, current.attempt) == (late.task_id, 2)
    assert current.token > late.token
    before = everything(store)

    with pytest.raises(LeaseLostError):
        act(store, late)

    assert everything(store) == before
    act(store, current)
    with pytest.raises(LeaseLostError):
        act(store, late)


def test_a_heartbeat_renews_the_lease_and_carries_progress(store: Store) -> None:
    store.submit(submission())
    claim = claimed(store)
    expire(store, claim)

    assert store.heartbeat(claim, 0.25) is False
    assert store.heartbeat(claim, None) is False

    assert store.claim("another") is None
    assert rows(store, "SELECT progress, lease_until > now() + interval '50 s' AS renewed FROM task") == [
        {"progress": 0.25, "renewed": True}
    ]


def test_a_released_task_is_there_at_once_and_the_attempt_does_not_count(store: Store) -> None:
    store.submit(submission())
    store.mark_sent([item.id for item in store.due_outbox()])
    for _ in range(SETTINGS.max_attempts + 1):
        claim = claimed(store)
        assert claim.attempt == 1
        store.release(claim)
    assert [item.delay_seconds for item in store.due_outbox()] == [0] * (SETTINGS.max_attempts + 1)


@pytest.mark.parametrize("end", ["released", "reaped"])
def test_a_task_that_was_given_back_keeps_its_place_in_the_queue(store: Store, end: str) -> None:
    for title in ("first", "second"):
        store.submit(submission(title))
    claim = claimed(store)
    assert claim.job.content.id == "first"
    if end == "released":
        store.release(claim)
    else:
        expire(store, claim)
    assert claimed(store).job.content.id == "first"


def test_a_failed_task_waits_and_its_job_dies_with_its_last_attempt(store: Store) -> None:
    store.submit(submission())
    store.mark_sent([item.id for item in store.due_outbox()])

    for attempt in range(1, SETTINGS.max_attempts):
        claim = claimed(store)
        assert claim.attempt == attempt
        assert store.retry_later(claim, "DISK_FULL", "There is no room.")
        (doorbell,) = store.due_outbox()
        assert doorbell.kind == "doorbell"
        store.mark_sent([doorbell.id])
        make_due(store)
    assert not store.retry_later(claimed(store), "DISK_FULL", "There is still no room.")

    assert rows(store, "SELECT state, reason_code, reason FROM job") == [
        {"state": "dead", "reason_code": "DISK_FULL", "reason": "There is still no room."}
    ]
    event, letter = store.due_outbox()
    assert (event.kind, letter.kind) == ("event", "dead_letter")
    assert (letter.payload["type"], letter.payload["code"]) == ("job.dead", "DISK_FULL")
    assert store.claim("worker-1") is None


def test_the_wait_is_random_below_a_bound_that_doubles_up_to_a_cap(store: Store) -> None:
    store.submit(submission())
    waits = [[0.0]] * 5
    for attempt in range(5):
        waits[attempt] = [wait_after(store, attempt + 1) for _ in range(12)]

    for attempt, bound in enumerate((5, 10, 20, 40, 80)):
        assert 0 <= min(waits[attempt]) <= max(waits[attempt]) <= bound
        assert max(waits[attempt]) - min(waits[attempt]) > bound / 10
    assert max(wait_after(store, 30) for _ in range(12)) <= SETTINGS.backoff_cap_seconds


def test_a_doorbell_is_delayed_with_its_task(store: Store) -> None:
    store.submit(submission())
    store.mark_sent([item.id for item in store.due_outbox()])
    wait = wait_after(store, 8)

    delays = [item.delay_seconds for item in store.due_outbox()]

    assert delays
    assert wait - 2 <= delays[-1] <= wait + 1


def test_a_silent_worker_loses_its_task_and_the_attempt_counts(store: Store) -> None:
    store.submit(submission())
    for attempt in range(1, SETTINGS.max_attempts):
        expire(store, claimed(store))
        (reaped,) = store.reap()
        assert reaped.job_state == "planning", attempt
    claim = claimed(store)
    expire(store, claim)

    (reaped,) = store.reap()

    assert (reaped.task_id, reaped.job_state) == (claim.task_id, "dead")
    assert rows(store, "SELECT state, reason_code FROM job") == [{"state": "dead", "reason_code": "LEASE_EXPIRED"}]
    assert [item.payload["code"] for item in store.due_outbox() if item.kind == "dead_letter"] == ["LEASE_EXPIRED"]


def test_when_one_segment_ends_the_job_the_others_are_lost(store: Store) -> None:
    store.submit(submission())
    advance_to(store, "encoding", segments=3)
    first, second = claimed(store), claimed(store)

    store.reject(first, "UNDECODABLE_VIDEO", "Nothing can be seen.")

    assert state_of(store) == "rejected"
    with pytest.raises(LeaseLostError):
        store.heartbeat(second, 0.5)
    assert store.claim("worker-1") is None


def test_a_task_that_nobody_knows_is_lost(store: Store) -> None:
    store.submit(submission())
    claim = claimed(store)
    unknown = Claim(**{**vars(claim), "task_id": uuid4()})

    with pytest.raises(LeaseLostError):
        store.release(unknown)


def everything(store: Store) -> dict[str, object]:
    tables = ("content", "job", "task", "media_info", "rendition", "compliance_check", "outbox", "audit_event")
    return {table: rows(store, f"SELECT * FROM {table} ORDER BY 1") for table in tables}


def wait_after(store: Store, attempt: int) -> float:
    """Seconds that a task waits after failing for the nth time, of 30."""
    rows(
        store,
        "UPDATE task SET run_after = now(), attempts = %s, max_attempts = 31 RETURNING task_id",
        attempt - 1,
    )
    claim = claimed(store)
    assert store.retry_later(claim, "DISK_FULL", "There is no room.")
    (row,) = rows(store, "SELECT extract(epoch FROM run_after - now())::float AS wait FROM task")
    return float(row["wait"])
