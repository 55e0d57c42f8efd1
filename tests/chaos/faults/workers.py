"""Workers that are killed, that stand still, and that are told to go."""

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import get_args

import psutil

from lib.contracts.states import TaskKind
from tests.chaos.environment import Worker
from tests.chaos.faults.fault import Hit, Inject, Means
from tests.chaos.moments import Held
from tests.chaos.revisions import LEASE_SECONDS

KINDS: tuple[TaskKind, ...] = get_args(TaskKind)
MOMENT_SECONDS = 8.0
"""How long a fault waits for its moment."""
LATE_SECONDS = 2.0
"""What a worker that stood still past its lease gets, alone, to do what it must not."""


def kill_any(means: Means) -> Hit | None:
    """SIGKILL to a worker, whatever it does."""
    workers = means.environment.workers()
    return _kill(means, means.random.choice(workers), "at random") if workers else None


def kill_at_claim(kind: TaskKind) -> Inject:
    """SIGKILL to a worker that has just claimed a task of this kind."""

    def inject(means: Means) -> Hit | None:
        held = means.moments.claimed(kind, seconds=MOMENT_SECONDS)
        return _kill(means, held.worker, f"with {kind} of {held.job_id}") if held else None

    return inject


def kill_when_done(kind: TaskKind) -> Inject:
    """SIGKILL to a worker that has just said that a task of this kind is done."""

    def inject(means: Means) -> Hit | None:
        held = means.moments.done(kind, seconds=MOMENT_SECONDS)
        return _kill(means, held.worker, f"after {kind} of {held.job_id}") if held else None

    return inject


def pause(kind: TaskKind) -> Inject:
    """SIGSTOP past the lease, then SIGCONT: the worker wakes up while another has its task.

    The other one stands still in turn, so that the first gets as far as it will.
    """

    def inject(means: Means) -> Hit | None:
        held = means.moments.claimed(kind, seconds=MOMENT_SECONDS)
        if held is None:
            return None
        at = time.time()
        stopped = _suspend(held.worker.tree)
        try:
            rival = means.moments.reclaimed(held, seconds=3 * LEASE_SECONDS)
            if rival is not None:
                _let_alone(means, stopped, rival)
        finally:
            _resume(stopped)
        met = f"until {rival.worker.process.pid} had it" if rival else "and nobody took it"
        return Hit(at, f"pid {held.worker.process.pid} with {kind} of {held.job_id} {met}")

    return inject


def drain(means: Means) -> Hit | None:
    """StopTask: SIGTERM to a worker that has work, if any has."""
    workers = means.environment.workers()
    if not workers:
        return None
    busy = [worker for worker in workers if means.moments.held_by(worker)]
    worker = means.random.choice(busy or workers)
    at = time.time()
    means.environment.client("ecs").stop_task(
        cluster=means.environment.outputs["cluster_name"], task=worker.task_arn, reason="chaos"
    )
    return Hit(at, f"pid {worker.process.pid}, {'busy' if busy else 'idle'}")


def _kill(means: Means, worker: Worker, detail: str) -> Hit:
    killed = means.moments.held_by(worker)
    at = time.time()
    with suppress(psutil.NoSuchProcess):
        worker.process.kill()
    return Hit(at, f"pid {worker.process.pid} {detail}", killed)


def _let_alone(means: Means, stopped: Sequence[psutil.Process], rival: Held) -> None:
    others = _suspend(rival.worker.tree)
    try:
        _resume(stopped)
        means.stop.wait(LATE_SECONDS)
    finally:
        _resume(others)


def _suspend(processes: Sequence[psutil.Process]) -> Sequence[psutil.Process]:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.suspend()
    return processes


def _resume(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.resume()
