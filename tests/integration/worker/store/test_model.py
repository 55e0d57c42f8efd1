"""Whatever workers, operators, senders and accidents do, in whatever order: the store does what the model says."""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from lib.contracts import identity
from lib.contracts.messages import Submission
from lib.contracts.states import FINAL_JOB_STATES, PRIORITIES, Priority
from lib.worker.database import Database
from lib.worker.errors import CancelledError, LeaseLostError
from lib.worker.store import Claim, QueueSettings, Store
from tests.integration.worker.conftest import AUDIT_KEY
from tests.integration.worker.store.jobs import (
    INFO,
    LADDER,
    PREFIX,
    RAW,
    STREAM,
    SUBMITTED_AT,
    complete,
    everything,
    rows,
    submission,
)
from tests.integration.worker.store.model import Change, Job, Message, Model, Subject, Task
from tests.integration.worker.store.replay import check_chain, check_replay
from tests.postgresql import TEMPLATE, PostgreSQL

# Time passes in multiples of 500 s. No lease and no wait ends within a minute of one, however slowly a test runs.
SETTINGS = QueueSettings(lease_seconds=600, max_attempts=3, backoff_base_seconds=800, backoff_cap_seconds=1200)
WAITS = st.sampled_from([500, 1000, 2000])
OVER_A_WEEK = 700_000
ROUNDS = 6
"""Of housekeeping: a message that could not be sent several times is tried again within an hour."""

FILES = st.sampled_from([("film-1", "a" * 64), ("film-1", "b" * 64), ("film-2", "a" * 64), ("film-3", "a" * 64)])
WORKERS = st.sampled_from(["worker-1", "worker-2", "worker-3"])
PERSON = "person:fedcba9876543210"
RECENT = st.integers(0, 5)
"""Which of some claims, counted back from the last one."""

Call = Callable[[Any, Claim], object]
"""Of the store or of the model."""
INTERRUPTIONS: dict[str, Call] = {
    "heartbeat": lambda to, claim: to.heartbeat(claim, None),
    "progress": lambda to, claim: to.heartbeat(claim, 0.5),
    "release": lambda to, claim: to.release(claim),
    "reject": lambda to, claim: to.reject(claim, "TRUNCATED", "It ends early."),
    "hold": lambda to, claim: to.hold(claim, "RIGHTS_MISSING", "Whose is it?", []),
    "cancelled": lambda to, claim: to.cancelled(claim),
    "retry_later": lambda to, claim: to.retry_later(claim, "DISK_FULL", "There is no room."),
}
WRITES: dict[str, Call] = {
    **INTERRUPTIONS,
    "complete_land": lambda to, claim: to.complete_land(claim, RAW),
    "complete_plan": lambda to, claim: to.complete_plan(claim, INFO, [{}]),
    "complete_encode": lambda to, claim: to.complete_encode(claim, {}),
    "publish": lambda to, claim: to.publish(claim, prefix=PREFIX, renditions=[], checks=[]),
}


class Machine(RuleBasedStateMachine):
    """Four files of three titles, workers that keep every claim they ever had, an operator, and a jobs queue."""

    postgresql: PostgreSQL

    def __init__(self) -> None:
        super().__init__()
        self.resources = ExitStack()
        name = self.postgresql.create(template=TEMPLATE)
        self.resources.callback(self.postgresql.drop, name)
        database = Database(self.postgresql.settings(name, "app"), self.postgresql.secrets)
        self.resources.enter_context(closing(database))
        self.owner = self.resources.enter_context(self.postgresql.connect(name, "owner"))
        self.operator = self.resources.enter_context(self.postgresql.connect(name, "operator"))
        self.store = Store(database, audit_key=AUDIT_KEY, settings=SETTINGS)
        self.model = Model(SETTINGS)
        self.claims: list[Claim] = []
        self.subjects: dict[UUID, Subject] = {}
        self.seen = 0
        self.queue: list[int] = []
        """When each doorbell in the jobs queue arrives."""
        self.lost = 0
        """Doorbells that got lost and were not rung again."""

    def teardown(self) -> None:
        self.resources.close()

    # What is done

    @rule(file=FILES, sequence=st.integers(1, 12), streamed=st.booleans(), priority=st.sampled_from(PRIORITIES))
    def submit(self, file: tuple[str, str], sequence: int, streamed: bool, priority: Priority) -> None:
        sent = _submission(file, sequence, streamed=streamed, priority=priority)
        assert self.store.submit(sent) == self.model.submit(sent)

    @rule(worker=WORKERS)
    def claim(self, worker: str) -> None:
        self._claim(worker)

    @rule(worker=WORKERS, tasks=st.integers(1, 5), segments=st.integers(1, 3))
    def work(self, worker: str, tasks: int, segments: int) -> None:
        for _ in range(tasks):
            if claim := self._claim(worker):
                self._alike(lambda to, claim: complete(to, claim, segments=segments), claim)

    @precondition(lambda self: self.held())
    @rule(which=RECENT, segments=st.integers(1, 3))
    def complete(self, which: int, segments: int) -> None:
        self._alike(lambda to, claim: complete(to, claim, segments=segments), _recent(self.held(), which))

    @precondition(lambda self: self.held())
    @rule(which=RECENT, call=st.sampled_from(list(INTERRUPTIONS)))
    def interrupt(self, which: int, call: str) -> None:
        self._alike(INTERRUPTIONS[call], _recent(self.held(), which))

    @precondition(lambda self: len(self.held()) < len(self.claims))
    @rule(which=RECENT)
    def write_late(self, which: int) -> None:
        held = self.held()
        claim = _recent([each for each in self.claims if each not in held], which)
        before = everything(self.store)
        for write in WRITES.values():
            with pytest.raises(LeaseLostError):
                write(self.store, claim)
        assert everything(self.store) == before

    @rule()
    def reap(self) -> None:
        reaped = {(self.subjects[each.task_id], each.job_state) for each in self.store.reap()}
        assert reaped == self.model.reap()

    @rule(file=FILES, function=st.sampled_from(["operator_cancel", "operator_retry"]))
    def operate(self, file: tuple[str, str], function: str) -> None:
        job_id = identity.job_id(*file, LADDER)
        try:
            row = self.operator.execute(f"SELECT {function}(%s, %s) AS n".encode(), [job_id, PERSON]).fetchone()
            found = row and row["n"]
        except psycopg.Error as error:
            found = error.sqlstate
        assert found == getattr(self.model, function)(job_id, PERSON)

    @rule(limit=st.sampled_from([2, 100]), share=st.sampled_from([1, 0.5, 0]), noted=st.booleans())
    def send(self, limit: int, share: float, noted: bool) -> None:
        self._send(limit, share, noted=noted)

    @precondition(lambda self: self.queue)
    @rule(number=st.integers(1, 3))
    def lose_doorbells(self, number: int) -> None:
        self.lost += len(self.queue[:number])
        del self.queue[:number]

    @rule()
    def ring_again(self) -> None:
        rung = self.store.ring_again(len(self.queue))
        assert rung == self.model.ring_again(len(self.queue))
        self.lost = max(0, self.lost - rung)
        assert len(self.queue) + len(self.model.unsent_doorbells()) >= len(self.model.runnable())

    @rule(seconds=WAITS)
    def wait(self, seconds: int) -> None:
        """Time passes: the store reads the database's clock, so all that it compares with that moves the other way."""
        self.model.now += seconds
        for statement in (
            "UPDATE task SET run_after = run_after - %(passed)s, lease_until = lease_until - %(passed)s",
            "UPDATE outbox SET run_after = run_after - %(passed)s, taken_until = taken_until - %(passed)s,"
            " sent_at = sent_at - %(passed)s",
        ):
            self.owner.execute(statement.replace("%(passed)s", f"interval '{seconds} s'").encode())

    @rule()
    def forget_sent(self) -> None:
        self.wait(OVER_A_WEEK)
        assert self.store.forget_sent() == self.model.forget_sent()

    @precondition(lambda self: self.model.turn >= 60)
    @rule(worker=WORKERS)
    def come_to_rest(self, worker: str) -> None:
        """Housekeeping, and workers that come only when a doorbell rings, bring every job to an end."""
        for _ in range(ROUNDS):
            self.wait(1000)
            self.reap()
            self.ring_again()
            self._send(100, 1, noted=True)
            while any(arrival <= self.model.now for arrival in self.queue):
                if claim := self._claim(worker):
                    cancelling = self.model.jobs[claim.job_id].cancel_requested
                    self._alike(WRITES["cancelled"] if cancelling else complete, claim)
                self._send(100, 1, noted=True)
        assert {job.state for job in self.model.jobs.values()} <= FINAL_JOB_STATES

    # What must hold after each step

    @invariant()
    def tables_are_as_the_model_says(self) -> None:
        self.subjects |= {
            row["task_id"]: (row["job_id"], row["kind"], row["segment"])
            for row in rows(self.store, "SELECT task_id, job_id, kind, segment FROM task")
        }
        assert self._jobs() == self.model.jobs
        titles = rows(self.store, "SELECT content_id, record #>> '{titles,en}' AS title FROM content")
        assert {row["content_id"]: row["title"] for row in titles} == self.model.titles

    @invariant()
    def each_effect_is_in_the_outbox_once(self) -> None:
        messages = rows(
            self.store,
            """
            SELECT kind, payload - '{reason,id,timestamp}'::text[] AS payload, attempts, sent_at IS NOT NULL AS is_sent
            FROM outbox ORDER BY id
            """,
        )
        assert [Message(**row) for row in messages] == self.model.outbox
        events = rows(self.store, "SELECT event - '{id,timestamp}'::text[] AS event FROM webhook ORDER BY id")
        assert [row["event"] for row in events] == self.model.events

    @invariant()
    def the_trail_tells_what_happened(self) -> None:
        new = self._changes()
        assert Counter(new) == Counter(self.model.history[self.seen :])
        self.seen += len(new)
        check_chain(self.store)
        check_replay(self.store)

    @invariant()
    def a_doorbell_is_due_for_each_task_that_can_be_claimed(self) -> None:
        now = self.model.now
        arrivals = [*self.queue, *(message.due for message in self.model.unsent_doorbells())]
        assert sum(each <= now for each in arrivals) + self.lost >= len(self.model.runnable())

    @invariant()
    def who_ends_without_a_video_says_why(self) -> None:
        assert not rows(
            self.store,
            """
            SELECT FROM job WHERE (reason_code IS NULL) <> (reason IS NULL)
            OR reason_code IS NULL AND state IN ('held', 'rejected', 'dead')
            OR (finished_at IS NULL) <> (state IN ('received', 'planning', 'encoding', 'finishing'))
            """,
        )

    # How

    def held(self) -> list[Claim]:
        return [claim for claim in self.claims if self.model.holds(claim)]

    def _claim(self, worker: str) -> Claim | None:
        """A worker takes a doorbell, if one has arrived, and claims a task."""
        arrived = [arrival for arrival in self.queue if arrival <= self.model.now]
        if arrived:
            self.queue.remove(arrived[0])
        claim = self.store.claim(worker)
        self.model.claim(worker, claim)
        if claim:
            self.claims.append(claim)
        return claim

    def _alike(self, call: Call, claim: Claim) -> None:
        """Calls model and store alike; a call that is refused must have changed nothing."""
        before = everything(self.store) if self.model.jobs[claim.job_id].cancel_requested else None
        expected = _outcome(call, self.model, claim)
        assert _outcome(call, self.store, claim) == expected
        if expected is CancelledError:
            assert everything(self.store) == before
        if call is WRITES["retry_later"] and self.model.jobs[claim.job_id].state != "cancelled" and expected:
            self._wait_as_long_as_may_be(claim)

    def _wait_as_long_as_may_be(self, claim: Claim) -> None:
        """Makes a random wait the longest that it may be, and that of its doorbell, which must be as long."""
        longest = self.model.longest_wait(claim.attempt)
        doorbell = "(SELECT max(id) FROM outbox)"
        (row,) = rows(
            self.store,
            f"""
            SELECT extract(epoch FROM task.run_after - now())::float AS wait, outbox.run_after = task.run_after AS alike
            FROM task, outbox WHERE task_id = %s AND id = {doorbell}
            """,
            claim.task_id,
        )
        assert row["alike"]
        assert -60 < row["wait"] <= longest
        until = f"now() + interval '{longest} s'"
        self.owner.execute(f"UPDATE task SET run_after = {until} WHERE task_id = %s".encode(), [claim.task_id])
        self.owner.execute(f"UPDATE outbox SET run_after = {until} WHERE id = {doorbell}".encode())

    def _send(self, limit: int, share: float, *, noted: bool) -> None:
        """Takes what is due, sends some of it, and notes that, unless the sender ends before."""
        items, messages = self.store.due_outbox(limit), self.model.due_outbox(limit)
        assert [(each.kind, each.attempts) for each in items] == [(each.kind, each.attempts) for each in messages]
        delays = [max(0, message.due - self.model.now) for message in messages]
        assert [item.delay_seconds for item in items] == pytest.approx(delays, abs=60)
        sent = int(len(items) * share)
        self.queue += [max(each.due, self.model.now) for each in messages[:sent] if each.kind == "doorbell"]
        if noted:
            self.store.mark_sent([item.id for item in items[:sent]])
            self.model.mark_sent(messages[:sent])

    def _jobs(self) -> dict[UUID, Job]:
        jobs = rows(
            self.store,
            """
            SELECT job_id, content_id, priority, source ->> 'kind' AS source, submission_sequence::int AS sequence,
                   submitted_at, state, reason_code, cancel_requested, published_token
            FROM job
            """,
        )
        tasks = rows(
            self.store,
            """
            SELECT job_id, kind, segment, priority, max_attempts, state, attempts, lease_token AS token, worker,
                   progress, error ->> 'code' AS error
            FROM task ORDER BY created_at, segment
            """,
        )
        return {
            row["job_id"]: Job(**row, tasks=[Task(**task) for task in tasks if task["job_id"] == row["job_id"]])
            for row in jobs
        }

    def _changes(self) -> list[Change]:
        """What happened since the last step."""
        events = rows(
            self.store,
            """
            SELECT subject_kind, subject_id, before ->> 'state' AS before, after ->> 'state' AS after, actor
            FROM audit_event ORDER BY event_id OFFSET %s
            """,
            self.seen,
        )
        return [
            (
                (id_,) if event["subject_kind"] == "job" else self.subjects[id_],
                event["before"],
                event["after"],
                event["actor"],
            )
            for event in events
            for id_ in [UUID(event["subject_id"])]
        ]


def _submission(file: tuple[str, str], sequence: int, *, streamed: bool, priority: Priority) -> Submission:
    """Two in a row were submitted at the same time: they are one submission that the stream took twice."""
    content_id, sha256 = file
    sent = submission(
        content_id,
        sequence=sequence,
        location=STREAM if streamed else RAW,
        priority=priority,
        title=f"Title {sequence}",
    )
    other = {"job_id": identity.job_id(content_id, sha256, LADDER), "sha256": sha256}
    at = SUBMITTED_AT.replace(minute=sequence // 2)
    return Submission(sent.record.model_copy(update={**other, "submitted_at": at}), sent.sequence_number)


def _recent(claims: list[Claim], which: int) -> Claim:
    return claims[-1 - which % len(claims)]


def _outcome(call: Call, to: Store | Model, claim: Claim) -> object:
    """What it returns, or which error it raises."""
    try:
        return call(to, claim)
    except (LeaseLostError, CancelledError) as error:
        return type(error)


@pytest.mark.parametrize(
    "chosen",
    [
        pytest.param(settings(derandomize=True, max_examples=20, stateful_step_count=40), id="the same examples"),
        pytest.param(settings(max_examples=1000, stateful_step_count=100), id="other examples", marks=pytest.mark.soak),
    ],
)
def test_the_store_does_what_the_model_says(postgresql: PostgreSQL, chosen: settings) -> None:
    run_state_machine_as_test(
        type("StoreMachine", (Machine,), {"postgresql": postgresql}),
        settings=settings(chosen, database=None, deadline=None, suppress_health_check=list(HealthCheck)),
    )
