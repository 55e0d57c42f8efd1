"""What a person may do to a running pipeline, and what not."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import DictRow

from lib.contracts.messages import TaskReady
from lib.contracts.states import FINAL_JOB_STATES, JobState
from lib.worker.errors import CancelledError, LeaseLostError
from lib.worker.store import Claim, Store
from tests.integration.worker.store.jobs import (
    INFO,
    STREAM,
    advance_to,
    at_once,
    claimed,
    complete,
    expire,
    job_id,
    make_due,
    rows,
    state_of,
    submission,
)
from tests.postgresql import PostgreSQL

PERSON = "person:fedcba9876543210"
Operator = psycopg.Connection[DictRow]


@pytest.fixture
def operator(postgresql: PostgreSQL, database_name: str) -> Iterator[Operator]:
    with postgresql.connect(database_name, "operator") as connection:
        yield connection


def cancel(operator: Operator, job: UUID | None = None) -> Any:
    row = operator.execute("SELECT operator_cancel(%s, %s) AS state", [job or job_id(), PERSON]).fetchone()
    assert row
    return row["state"]


def retry(operator: Operator, job: UUID | None = None) -> Any:
    row = operator.execute("SELECT operator_retry(%s, %s) AS state", [job or job_id(), PERSON]).fetchone()
    assert row
    return row["state"]


def test_a_waiting_job_is_cancelled_at_once(store: Store, operator: Operator) -> None:
    store.submit(submission())

    assert cancel(operator) == "cancelled"

    assert state_of(store) == "cancelled"
    assert store.claim("worker-1") is None


def test_a_worker_hears_of_the_cancellation_and_ends_the_job(store: Store, operator: Operator) -> None:
    store.submit(submission())
    advance_to(store, "encoding", segments=3)
    first, second = claimed(store), claimed(store)

    assert cancel(operator) == "encoding"

    assert store.heartbeat(first, None) is True
    store.cancelled(first)
    assert state_of(store) == "cancelled"
    with pytest.raises(LeaseLostError):
        store.heartbeat(second, None)


@pytest.mark.parametrize("state", ["received", "encoding", "finishing"])
def test_a_job_that_is_to_be_cancelled_goes_no_further(store: Store, operator: Operator, state: JobState) -> None:
    store.submit(submission())
    advance_to(store, state, segments=1)
    claim = claimed(store)
    cancel(operator)

    with pytest.raises(CancelledError):
        complete(store, claim)

    store.cancelled(claim)
    assert state_of(store) == "cancelled"


def test_a_task_given_back_ends_the_cancelled_job(store: Store, operator: Operator) -> None:
    def fall_silent(claim: Claim) -> None:
        expire(store, claim)
        store.reap()

    endings: list[Callable[[Claim], object]] = [
        store.release,
        lambda claim: store.retry_later(claim, "DISK_FULL", "There is no room."),
        fall_silent,
    ]
    for sequence, ending in enumerate(endings, start=1):
        store.submit(submission(sequence=sequence))
        claim = claimed(store)
        cancel(operator)

        ending(claim)

        assert state_of(store) == "cancelled"


def test_a_retried_job_begins_anew(store: Store, operator: Operator) -> None:
    store.submit(submission(location=STREAM))
    complete(store, claimed(store))
    complete(store, claimed(store))
    store.reject(claimed(store), "UNDECODABLE_VIDEO", "Nothing can be seen.")
    store.mark_sent([item.id for item in store.due_outbox()])

    assert retry(operator) == "received"

    (doorbell,) = store.due_outbox()
    assert (doorbell.kind, doorbell.payload) == ("doorbell", TaskReady().model_dump(mode="json"))
    claim = claimed(store)
    assert (claim.kind, claim.attempt, claim.max_attempts) == ("plan", 1, 3), "what was landed is landed"
    assert rows(store, "SELECT reason_code, finished_at FROM job") == [{"reason_code": None, "finished_at": None}]


def test_a_cancelled_job_is_not_cancelled_again_when_retried(store: Store, operator: Operator) -> None:
    store.submit(submission())
    claim = claimed(store)
    cancel(operator)
    store.cancelled(claim)

    retry(operator)

    assert store.heartbeat(claimed(store), None) is False


def test_wrong_jobs_and_states_have_their_codes(store: Store, operator: Operator) -> None:
    store.submit(submission())
    with pytest.raises(psycopg.Error) as unknown:
        cancel(operator, uuid4())
    with pytest.raises(psycopg.Error) as running:
        retry(operator)
    advance_to(store, "published")
    with pytest.raises(psycopg.Error) as published:
        cancel(operator)

    assert [error.value.sqlstate for error in (unknown, running, published)] == ["SF001", "SF002", "SF002"]


def test_what_operators_do_bears_their_name(store: Store, operator: Operator) -> None:
    store.submit(submission())
    cancel(operator)

    (event,) = rows(store, "SELECT actor, login FROM audit_event WHERE action = 'job.cancelled'")

    assert event == {"actor": PERSON, "login": "operator"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE job SET state = 'cancelled'",
        "DELETE FROM task",
        "INSERT INTO outbox (kind, payload) VALUES ('event', '{}')",
        "UPDATE audit_event SET actor = 'nobody'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event CASCADE",
        "INSERT INTO audit_seal VALUES (1, 1, '', '')",
        "INSERT INTO audit_event (actor, login, action, subject_kind, subject_id) VALUES ('a', 'app', 'c', 'd', 'e')",
        "DELETE FROM audit_unsealed",
        "SELECT nextval('lease_token')",
        "SELECT start_job(gen_random_uuid(), 1)",
        "SELECT operator_lock(gen_random_uuid(), 'a')",
        "CREATE TABLE mine (id int)",
        "SET ROLE app",
    ],
)
def test_an_operator_may_do_nothing_else(operator: Operator, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        operator.execute(statement.encode())


def test_an_operator_may_read_and_note_an_access(store: Store, operator: Operator) -> None:
    store.submit(submission())
    tables = operator.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    for table in tables:
        operator.execute(f"SELECT * FROM {table['tablename']}".encode())

    operator.execute(
        "INSERT INTO audit_event (actor, action, subject_kind, subject_id, job_id) VALUES (%s, %s, %s, %s, %s)",
        [PERSON, "title.read", "content", "a-film", job_id()],
    )


def test_operators_and_workers_at_once_leave_no_job_between_states(
    stores: Callable[[int], list[Store]], postgresql: PostgreSQL, database_name: str
) -> None:
    workers = stores(4)
    for number in range(6):
        workers[0].submit(submission(f"film-{number}"))

    def work(store: Store) -> None:
        while claim := store.claim("worker"):
            try:
                if store.heartbeat(claim, None):
                    store.cancelled(claim)
                elif claim.kind == "plan":
                    store.complete_plan(claim, INFO, [{}, {}, {}])
                else:
                    complete(store, claim)
            except CancelledError:
                store.cancelled(claim)
            except LeaseLostError:
                pass

    def meddle() -> None:
        with postgresql.connect(database_name, "operator") as operator:
            for turn in range(60):
                act = cancel if turn % 2 else retry
                try:
                    act(operator, job_id(f"film-{turn // 2 % 6}"))
                except psycopg.Error as error:
                    if error.sqlstate != "SF002":
                        raise

    work_of_all: list[Callable[[], None]] = [partial(work, each) for each in workers]
    at_once([*work_of_all, meddle, meddle])
    work(workers[0])

    assert set(workers[0].overview().jobs) <= FINAL_JOB_STATES
    assert set(workers[0].overview().tasks) <= {"done", "failed"}
    make_due(workers[0])
    assert workers[0].claim("worker") is None
