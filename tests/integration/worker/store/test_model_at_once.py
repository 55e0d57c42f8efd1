"""Workers, senders and operators at once, in random schedules: nobody waits in vain, and nothing is done twice."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count, pairwise
from random import Random

import psycopg
import pytest
from psycopg.rows import DictRow

from lib.contracts.records import Location
from lib.contracts.states import FINAL_JOB_STATES, PRIORITIES
from lib.worker.database import Database
from lib.worker.errors import CancelledError, LeaseLostError
from lib.worker.store import Claim, QueueSettings, Store
from tests.integration.worker.conftest import AUDIT_KEY
from tests.integration.worker.store.jobs import (
    RAW,
    STREAM,
    at_once,
    claimed,
    complete,
    job_id,
    rows,
    submission,
)
from tests.integration.worker.store.replay import check_chain, check_outbox, check_replay, histories
from tests.postgresql import PostgreSQL

FILES = [("film-1", "a" * 64), ("film-1", "b" * 64), ("film-2", "a" * 64), ("film-3", "a" * 64)]
WORKERS = 6
PERSON = "person:fedcba9876543210"
REFUSED = {"SF001", "SF002"}

Operator = psycopg.Connection[DictRow]


@dataclass
class Worker:
    """Does at random what workers, housekeeping, the pipe and operators do, and remembers what it was told."""

    name: str
    store: Store
    operator: Operator
    random: Random
    sequence: Iterator[int]
    claims: list[Claim] = field(default_factory=list)
    done: list[Claim] = field(default_factory=list)
    rung: int = 0

    def run(self, turns: int) -> None:
        acts = [self.claim] * 5 + [self.write] * 8 + [self.submit] * 2
        acts += [self.reap, self.operate, self.send, self.ring_again]
        for _ in range(turns):
            self.random.choice(acts)()
        for claim in self.claims:
            self._unless_lost(self.store.release, claim)

    def claim(self) -> None:
        if claim := self.store.claim(self.name):
            self.claims.append(claim)

    def write(self) -> None:
        """With one of its last claims, whether it still holds that or not."""
        if not self.claims:
            return
        claim = self.random.choice(self.claims[-3:])
        others: list[Callable[[Claim], object]] = [
            lambda claim: self.store.heartbeat(claim, 0.5),
            lambda claim: self.store.retry_later(claim, "DISK_FULL", "There is no room."),
            lambda claim: self.store.reject(claim, "TRUNCATED", "It ends early."),
            lambda claim: self.store.hold(claim, "RIGHTS_MISSING", "Whose is it?", []),
            self.store.release,
            self.store.cancelled,
        ]
        self._unless_lost(self.random.choice([self.complete] * 3 * len(others) + others), claim)

    def complete(self, claim: Claim) -> None:
        try:
            complete(self.store, claim, segments=3)
        except CancelledError:
            self.store.cancelled(claim)
        else:
            self.done.append(claim)

    def submit(self) -> None:
        content_id, sha256 = self.random.choice(FILES)
        sequence = next(self.sequence)
        locations: list[Location] = [RAW, STREAM]
        self.store.submit(
            submission(
                content_id,
                sha256=sha256,
                sequence=sequence,
                location=self.random.choice(locations),
                priority=self.random.choice(PRIORITIES),
                title=f"Title {sequence}",
            )
        )

    def reap(self) -> None:
        self.store.reap()

    def operate(self) -> None:
        function = self.random.choice(["operator_cancel", "operator_retry"])
        try:
            self.operator.execute(f"SELECT {function}(%s, %s)".encode(), [job_id(*self.random.choice(FILES)), PERSON])
        except psycopg.Error as error:
            if error.sqlstate not in REFUSED:
                raise

    def send(self) -> None:
        items = self.store.due_outbox(5)
        self.store.mark_sent([item.id for item in items if self.random.random() < 0.8])

    def ring_again(self) -> None:
        self.rung += self.store.ring_again(queued=0)

    def _unless_lost(self, write: Callable[[Claim], object], claim: Claim) -> None:
        with suppress(LeaseLostError):
            write(claim)


@pytest.fixture
def worker(postgresql: PostgreSQL, database_name: str) -> Iterator[Callable[[int, int], Worker]]:
    """`worker(number, seed)`: those with even numbers are so slow that their leases have always run out."""
    sequence = count(1)
    with ExitStack() as resources:

        def make(number: int, seed: int) -> Worker:
            database = Database(postgresql.settings(database_name, "app"), postgresql.secrets)
            resources.enter_context(closing(database))
            queue = QueueSettings(
                lease_seconds=60 * (number % 2), max_attempts=4, backoff_base_seconds=0, backoff_cap_seconds=0
            )
            return Worker(
                name=f"worker-{number}",
                store=Store(database, audit_key=AUDIT_KEY, settings=queue),
                operator=resources.enter_context(postgresql.connect(database_name, "operator")),
                random=Random(1000 * seed + number),
                sequence=sequence,
            )

        yield make


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 100))])
def test_whatever_is_done_at_once_is_done_once(worker: Callable[[int, int], Worker], seed: int) -> None:
    workers = [worker(number, seed) for number in range(WORKERS)]

    at_once([partial(each.run, 60) for each in workers])

    last = worker(WORKERS + 1, seed)
    workers.append(last)
    while claim := last.store.claim(last.name):
        last.claims.append(claim)
        last.complete(claim)
    assert set(last.store.overview().jobs) <= FINAL_JOB_STATES, "no job is stuck"
    assert set(last.store.overview().tasks) <= {"done", "failed"}
    check_chain(last.store)
    assert rows(last.store, "SELECT FROM audit_unsealed") == []
    check_replay(last.store)
    check_outbox(last.store, rung_again=sum(each.rung for each in workers))
    check_holders(workers)
    check_publications(workers)


def check_holders(workers: list[Worker]) -> None:
    """What workers were told is what the trail tells, and nobody ended a task that another one held."""
    claims = [claim for each in workers for claim in each.claims]
    assert len({claim.token for claim in claims}) == len(claims)
    tasks = histories(workers[0].store)
    for state, told in (("leased", claims), ("done", [claim for each in workers for claim in each.done])):
        assert Counter((str(claim.task_id), claim.worker) for claim in told) == Counter(
            (task, event["actor"]) for task, events in tasks.items() for event in events if event["after"] == state
        )
    slow = {each.name for each in workers if each.name[-1] in "02468"}
    for events in tasks.values():
        for held, ended in pairwise(events):
            if held["after"] == "leased" and ended["actor"] != held["actor"]:
                is_reaped = (ended["actor"], ended["after"]) == ("housekeeping", "ready") and held["actor"] in slow
                # The job may end while its tasks are worked on.
                assert is_reaped or ended["after"] == "failed"


def check_publications(workers: list[Worker]) -> None:
    """One of each job at most, by who held its finish task."""
    published = {
        row["job_id"]: row["published_token"]
        for row in rows(workers[0].store, "SELECT job_id, published_token FROM job WHERE state = 'published'")
    }
    finished = [(claim.job_id, claim.token) for each in workers for claim in each.done if claim.kind == "finish"]
    assert sorted(finished) == sorted(published.items())


def test_a_claim_passes_over_a_task_that_another_one_claims(store: Store, database: Database) -> None:
    for content_id in ("a", "b"):
        store.submit(submission(content_id))

    with database.connection() as another:
        another.execute("SELECT FROM task WHERE job_id = %s FOR UPDATE", [job_id("a")])

        assert claimed(store).job_id == job_id("b")
        assert store.claim("worker-1") is None

    assert claimed(store).job_id == job_id("a")


def test_a_cancellation_passes_over_a_task_that_is_being_claimed(
    store: Store, database: Database, postgresql: PostgreSQL, database_name: str
) -> None:
    """Who claims goes on to the job, which the operator has locked: the two would wait for each other."""
    store.submit(submission())

    with database.connection() as another, postgresql.connect(database_name, "operator") as operator:
        another.execute("SELECT FROM task FOR UPDATE")
        operator.execute("SET lock_timeout = '10 s'")

        cancelled = operator.execute("SELECT operator_cancel(%s, %s) AS state", [job_id(), PERSON]).fetchone()

    assert cancelled == {"state": "received"}
    assert store.heartbeat(claimed(store), None) is True
