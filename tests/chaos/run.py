"""One run: deploy, submit under faults, come to rest, check."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from botocore.exceptions import BotoCoreError, ClientError

from lib.contracts.states import FINAL_JOB_STATES
from streamflix_cli import local
from tests.chaos.collect import collect, depth
from tests.chaos.environment import Environment, prepare
from tests.chaos.invariants import check
from tests.chaos.mutants import folder_of
from tests.chaos.nemesis import Nemesis
from tests.chaos.proxy import FaultProxy
from tests.chaos.report import Report
from tests.chaos.revisions import Revisions
from tests.chaos.workload import Workload
from tests.e2e.conftest import Project, new_project

HOUSEKEEP_SECONDS = 15.0
"""The deployed schedule's five minutes would be most of a run."""
REST_SECONDS = 6.0
"""So long nothing may be left to do, before it is taken for rest: the pipe begins anew meanwhile."""
STUCK_SECONDS = 75.0
"""Without a change for so long, what has not ended never will: a message of the outbox is tried again after 60 s."""
LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Plan:
    """What to run.

    Attributes:
        seed: Fixes faults and submissions.
        jobs: At least so many, and more until every kind of fault was tried.
        minutes: After these, no more faults and jobs.
        mutant: Which part of the product to take out; None for the product as it is.
    """

    seed: int
    jobs: int
    minutes: float
    mutant: str | None = None


def run(plan: Plan, folder: Path) -> Report:
    """Runs a plan in an empty folder, in which a local cloud is started and ended.

    Raises:
        RuntimeError: The environment could not be deployed.
    """
    project = new_project(folder)
    try:
        prepare(project)
        return _attack(plan, project)
    finally:
        local.down(folder)


def _attack(plan: Plan, project: Project) -> Report:
    environment, stop = Environment(project), threading.Event()
    proxy = FaultProxy(environment.endpoint, seed=plan.seed)
    mutant = folder_of(plan.mutant) if plan.mutant else None
    revisions = Revisions(environment, proxy=proxy.url, mutant=mutant)
    inputs = project.root / "inputs"
    inputs.mkdir()
    with proxy.serving(), _housekeeping(revisions):
        revisions.deploy()
        workload = Workload(environment, proxy.url, inputs, plan.seed, stop)
        nemesis = Nemesis(environment, proxy, seed=plan.seed, stop=stop)
        began = time.monotonic()

        def enough() -> bool:
            tried = workload.submitted >= plan.jobs and all(nemesis.rounds.values())
            return tried or nemesis.has_failed or time.monotonic() - began > 60 * plan.minutes

        client = threading.Thread(target=workload.run, kwargs={"enough": enough}, name="client")
        try:
            client.start()
            nemesis.start()
            client.join()
        finally:
            stop.set()
            client.join()
            nemesis.join()
        _rest(environment, workload, nemesis)
        history = collect(environment, workload.accepted)
    return Report(
        seed=plan.seed,
        mutant=plan.mutant,
        seconds=time.monotonic() - began,
        faults=tuple(nemesis.faults),
        missing=tuple(nemesis.missing),
        requests=proxy.hits,
        history=history,
        violations=tuple(check(history)),
    )


@contextmanager
def _housekeeping(revisions: Revisions) -> Iterator[None]:
    """Runs housekeeping every now and then, until the block ends."""
    stop = threading.Event()

    def keep() -> None:
        while not stop.wait(HOUSEKEEP_SECONDS):
            with suppress(BotoCoreError, ClientError):
                revisions.keep_house()

    thread = threading.Thread(target=keep, name="housekeeping")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _rest(environment: Environment, workload: Workload, nemesis: Nemesis) -> None:
    """Waits until all is done that will be, after a last replay: what the nemesis took off the queue is in the stream.

    Where nothing changes any more it gives up, and the checker says why.
    """
    nemesis.replay()
    changed = rested = time.monotonic()
    before = dict(workload.states)
    while time.monotonic() - rested < REST_SECONDS and time.monotonic() - changed < STUCK_SECONDS:
        time.sleep(LOOK_SECONDS)
        workload.look()
        workload.follow_up()
        if workload.states != before:
            before, changed = dict(workload.states), time.monotonic()
        if not _is_done(environment, workload):
            rested = time.monotonic()


def _is_done(environment: Environment, workload: Workload) -> bool:
    if workload.unfinished() or any(state not in FINAL_JOB_STATES for state in workload.states.values()):
        return False
    try:
        with environment.database() as connection:
            unsealed = connection.execute("SELECT FROM audit_unsealed").rowcount
        return unsealed == 0 and depth(environment, "jobs") == 0
    except (psycopg.OperationalError, BotoCoreError, ClientError):
        return False
