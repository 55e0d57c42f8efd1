"""The audit trail: complete, in order, and not to be changed unnoticed."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from threading import Event

import psycopg
import pytest

from lib.contracts.audit import GENESIS, HIDDEN_QUERY, Fault, Seal, verify
from lib.worker.audit import head
from lib.worker.database import Connection
from lib.worker.store import Store
from tests.integration.worker.conftest import AUDIT_KEY
from tests.integration.worker.store.jobs import (
    SUBMITTER,
    advance_to,
    at_once,
    claimed,
    complete,
    expire,
    job_id,
    make_due,
    rows,
    submission,
    trail,
)
from tests.postgresql import PostgreSQL


def faults(store: Store) -> list[Fault]:
    return list(verify(trail(store), AUDIT_KEY))


def test_every_transition_is_an_event_in_the_order_it_happened(store: Store) -> None:
    store.submit(submission())
    claim = claimed(store, "worker-1")
    store.retry_later(claim, "DISK_FULL", "There is no room.")
    make_due(store)
    expire(store, claimed(store, "worker-2"))
    store.reap()
    advance_to(store, "published", segments=1)

    events = [event for _, event in trail(store) if event]
    of_job = [event for event in events if event.subject_kind == "job"]
    of_plan = [event for event in events if event.subject_id == str(claim.task_id)]

    assert [event.action for event in of_job] == [
        f"job.{state}" for state in ("received", "planning", "encoding", "finishing", "published")
    ]
    assert [(event.action, event.actor) for event in of_plan] == [
        ("task.ready", SUBMITTER),
        ("task.leased", "worker-1"),
        ("task.retry_wait", "worker-1"),
        ("task.leased", "worker-2"),
        ("task.ready", "housekeeping"),
        ("task.leased", "worker-1"),
        ("task.done", "worker-1"),
    ]
    for history in (of_job, of_plan):
        assert history[0].before is None
        for earlier, later in pairwise(history):
            assert earlier.after
            assert later.before
            assert later.before["state"] == earlier.after["state"]
    assert {event.job_id for event in events} == {job_id()}
    assert {event.login for event in events} == {"app"}


def test_the_trail_is_one_chain_without_gaps(store: Store) -> None:
    store.submit(submission())
    advance_to(store, "published")

    seals = [seal for seal, _ in trail(store)]

    assert [seal.position for seal in seals] == list(range(1, len(seals) + 1))
    assert seals[0].previous_hash == GENESIS
    assert store.audit_head() == (len(seals), seals[-1].hash)
    assert faults(store) == []
    assert rows(store, "SELECT FROM audit_unsealed") == []
    assert rows(store, HIDDEN_QUERY) == []
    assert len(list(verify(trail(store), "another key"))) == len(seals)


def test_workers_that_write_at_once_write_one_chain(stores: Callable[[int], list[Store]]) -> None:
    workers = stores(6)
    for number in range(6):
        workers[0].submit(submission(f"film-{number}"))

    at_once([partial(advance, each) for each in workers])

    assert faults(workers[0]) == []
    assert rows(workers[0], "SELECT FROM audit_unsealed") == []
    assert len(trail(workers[0])) == len(rows(workers[0], "SELECT FROM audit_event"))


def test_a_worker_that_freezes_while_it_extends_the_chain_does_not_hold_up_the_others(
    stores: Callable[[int], list[Store]], monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen, other = stores(2)
    thawed, reached = Event(), Event()

    def freeze(connection: Connection) -> Seal | None:
        monkeypatch.undo()
        reached.set()
        thawed.wait()
        return head(connection)

    monkeypatch.setattr("lib.worker.audit.head", freeze)
    with ThreadPoolExecutor() as threads:
        submitted = threads.submit(frozen.submit, submission("frozen"))
        assert reached.wait(10)
        try:
            assert other.submit(submission("other")) == "received"
        finally:
            thawed.set()
        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            submitted.result()

    assert [row["content_id"] for row in rows(other, "SELECT content_id FROM job")] == ["other"]
    assert faults(other) == []


def test_what_an_operator_noted_is_sealed_by_the_next_worker(
    store: Store, postgresql: PostgreSQL, database_name: str
) -> None:
    assert store.audit_head() is None
    with postgresql.connect(database_name, "operator") as operator:
        operator.execute(
            "INSERT INTO audit_event (actor, action, subject_kind, subject_id)"
            " VALUES ('person:1', 'title.read', 'content', 'Ä \"title\"')"
        )
    assert rows(store, HIDDEN_QUERY) == []

    assert store.claim("worker-1") is None

    ((seal, event),) = trail(store)
    assert event
    assert (seal.position, event.subject_id, event.login, event.before) == (1, 'Ä "title"', "operator", None)
    assert faults(store) == []


@pytest.mark.parametrize("login", ["app", "operator", "owner"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor = 'nobody'",
        "DELETE FROM audit_event",
        "UPDATE audit_seal SET hash = ''",
        "DELETE FROM audit_seal",
        "TRUNCATE audit_event, audit_seal, audit_unsealed",
    ],
)
def test_nobody_changes_or_removes_anything(
    store: Store, postgresql: PostgreSQL, database_name: str, login: str, statement: str
) -> None:
    store.submit(submission())
    before = trail(store)

    with postgresql.connect(database_name, login) as connection, pytest.raises(psycopg.Error) as refused:
        connection.execute(statement.encode())

    assert refused.value.sqlstate == ("SF004" if login == "owner" else "42501")
    assert trail(store) == before


def test_an_event_comes_with_the_time_and_login_of_the_server(store: Store) -> None:
    for column, value in (("at", "now()"), ("login", "'operator'"), ("event_id", "1")):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            rows(
                store,
                f"INSERT INTO audit_event (actor, action, subject_kind, subject_id, {column})"
                f" OVERRIDING SYSTEM VALUE VALUES ('a', 'b', 'c', 'd', {value}) RETURNING event_id",
            )


@pytest.fixture
def intruder(postgresql: PostgreSQL, database_name: str) -> Iterator[psycopg.Connection]:
    """A superuser whom no trigger and no foreign key stops."""
    with postgresql.superuser(database_name) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


@pytest.mark.parametrize(
    ("tampering", "position", "message"),
    [
        ("UPDATE audit_event SET actor = 'nobody' WHERE event_id = 3", 3, "was changed"),
        ("UPDATE audit_event SET at = at + interval '1 microsecond' WHERE event_id = 3", 3, "was changed"),
        ('UPDATE audit_event SET after = after || \'{"state": "done"}\' WHERE event_id = 3', 3, "was changed"),
        ("DELETE FROM audit_event WHERE event_id = 3", 3, "the event is gone"),
        ("DELETE FROM audit_seal WHERE position = 3", 4, "positions 3 to 3 are gone"),
        ("UPDATE audit_seal SET hash = previous_hash WHERE position = 3", 3, "was changed"),
        ("UPDATE audit_seal SET previous_hash = hash WHERE position = 3", 3, "does not follow"),
    ],
)
def test_what_the_owner_of_the_machine_changes_is_found(
    store: Store, intruder: psycopg.Connection, tampering: str, position: int, message: str
) -> None:
    store.submit(submission())
    advance_to(store, "published")
    intruder.execute(tampering.encode())

    found = faults(store)

    assert (found[0].position, message in found[0].message) == (position, True), found


def test_an_event_kept_from_being_sealed_is_found(store: Store) -> None:
    with store._database.connection() as connection:
        connection.execute(
            "INSERT INTO audit_event (actor, action, subject_kind, subject_id) VALUES ('a', 'b', 'c', 'd')"
        )
        connection.execute("DELETE FROM audit_unsealed")
    store.submit(submission())

    assert faults(store) == []
    assert rows(store, HIDDEN_QUERY) == [{"event_id": 1}]


def advance(store: Store) -> None:
    while claim := store.claim("worker"):
        complete(store, claim)
