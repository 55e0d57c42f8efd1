"""Whatever workers, operators and accidents do: only allowed transitions, no job forgotten, one chain."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import psycopg
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from lib.contracts.audit import verify
from lib.contracts.states import FINAL_JOB_STATES, JOB_TRANSITIONS, TASK_TRANSITIONS
from lib.worker.database import Database
from lib.worker.errors import CancelledError, LeaseLostError
from lib.worker.store import Claim, Store
from tests.integration.worker.conftest import AUDIT_KEY, SETTINGS
from tests.integration.worker.store.jobs import (
    STREAM,
    complete,
    expire,
    job_id,
    make_due,
    rows,
    submission,
    trail,
)
from tests.postgresql import TEMPLATE, PostgreSQL

TITLES = st.sampled_from(["film-1", "film-2"])
ENDINGS: dict[str, Callable[[Store, Claim], object]] = {
    "complete": lambda store, claim: complete(store, claim, segments=2),
    "reject": lambda store, claim: store.reject(claim, "TRUNCATED", "It ends early."),
    "hold": lambda store, claim: store.hold(claim, "RIGHTS_MISSING", "Whose is it?", []),
    "retry_later": lambda store, claim: store.retry_later(claim, "DISK_FULL", "There is no room."),
    "release": lambda store, claim: store.release(claim),
    "cancelled": lambda store, claim: store.cancelled(claim),
    "heartbeat": lambda store, claim: store.heartbeat(claim, 0.5),
}
OFTEN = ["complete"] * 6


def allowed(subject: str, before: str | None) -> tuple[str, ...]:
    """States that may follow."""
    if before is None:
        return ("received",) if subject == "job" else ("ready",)
    transitions: Mapping[Any, tuple[str, ...]] = JOB_TRANSITIONS if subject == "job" else TASK_TRANSITIONS
    return transitions[before]


class Pipeline(RuleBasedStateMachine):
    """Two titles, workers that keep the claims they ever had, and an operator."""

    postgresql: PostgreSQL

    def __init__(self) -> None:
        super().__init__()
        self.name = self.postgresql.create(template=TEMPLATE)
        self.database = Database(self.postgresql.settings(self.name, "app"), self.postgresql.secrets)
        self.store = Store(self.database, audit_key=AUDIT_KEY, settings=SETTINGS)
        self.sequence = count(1)
        self.claims: list[Claim] = []

    @rule(title=TITLES, streamed=st.booleans())
    def submit(self, title: str, *, streamed: bool) -> None:
        sent = submission(title, sequence=next(self.sequence))
        if streamed:
            sent = submission(title, sequence=next(self.sequence), location=STREAM)
        self.store.submit(sent)

    @rule()
    def claim(self) -> None:
        make_due(self.store)
        if claim := self.store.claim("worker"):
            self.claims.append(claim)

    @precondition(lambda self: self.claims)
    @rule(ending=st.sampled_from([*OFTEN, *ENDINGS]), data=st.data())
    def end(self, ending: str, data: st.DataObject) -> None:
        claim = data.draw(st.sampled_from(self.claims[-4:]))
        held, cancelling = self._is_held(claim)
        try:
            ENDINGS[ending](self.store, claim)
        except LeaseLostError:
            assert not held
        except CancelledError:
            assert held
            assert cancelling
        else:
            assert held
            assert not (cancelling and ending == "complete")

    @precondition(lambda self: self.claims)
    @rule()
    def fall_silent(self) -> None:
        if self._is_held(self.claims[-1])[0]:
            expire(self.store, self.claims[-1])
        self.store.reap()

    @rule(title=TITLES, function=st.sampled_from(["operator_cancel", "operator_retry"]))
    def operate(self, title: str, function: str) -> None:
        with self.postgresql.connect(self.name, "operator") as operator:
            try:
                operator.execute(f"SELECT {function}(%s, 'person:1')".encode(), [job_id(title)])
            except psycopg.Error as error:
                if error.sqlstate not in {"SF001", "SF002"}:
                    raise

    @invariant()
    def no_job_is_forgotten_and_none_goes_on_after_its_end(self) -> None:
        for job in rows(
            self.store,
            """
            SELECT job.state, array_agg(kind) FILTER (WHERE task.state IN ('ready', 'leased', 'retry_wait')) AS open
            FROM job LEFT JOIN task USING (job_id) GROUP BY job_id
            """,
        ):
            kinds = {
                "received": {"land", "plan"},
                "planning": {"land", "plan"},
                "encoding": {"encode"},
                "finishing": {"finish"},
            }
            if job["state"] in FINAL_JOB_STATES:
                assert job["open"] is None
            else:
                assert job["open"]
                assert set(job["open"]) <= kinds[job["state"]]

    def teardown(self) -> None:
        self.store.claim("worker")
        events = rows(
            self.store, "SELECT subject_kind, before ->> 'state' AS b, after ->> 'state' AS a FROM audit_event"
        )
        for event in events:
            transitions = JOB_TRANSITIONS if event["subject_kind"] == "job" else TASK_TRANSITIONS
            first = "received" if event["subject_kind"] == "job" else "ready"
            assert event["a"] in (transitions[event["b"]] if event["b"] else [first])
        sealed = trail(self.store)
        assert list(verify(sealed, AUDIT_KEY)) == []
        assert len(sealed) == len(events)
        self.database.close()
        self.postgresql.drop(self.name)

    def _is_held(self, claim: Claim) -> tuple[bool, bool]:
        """Whether the claim holds its task, and whether the job is to be cancelled."""
        held = rows(
            self.store,
            """
            SELECT cancel_requested FROM task JOIN job USING (job_id)
            WHERE task_id = %s AND task.state = 'leased' AND lease_token = %s
            """,
            claim.task_id,
            claim.token,
        )
        return bool(held), any(row["cancel_requested"] for row in held)


def test_only_allowed_transitions_whatever_happens(postgresql: PostgreSQL) -> None:
    machine = type("PipelineHere", (Pipeline,), {"postgresql": postgresql})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
