"""I6: attempts."""

from collections import Counter
from collections.abc import Iterator

from lib.worker.store.leases import HOUSEKEEPING
from tests.chaos.history import History
from tests.chaos.invariants.violation import Broken


def attempts_are_counted_right(history: History) -> Iterator[Broken]:
    """I6: a task's attempts are its claims without those that were given back, and within its maximum.

    A preempted worker gives its task back itself. Housekeeping does so where the worker was lost, which counts.
    """
    claims: Counter[str] = Counter()
    preemptions: Counter[str] = Counter()
    for event in history.events:
        if event.action == "task.leased":
            claims[event.subject_id] += 1
        elif event.action == "task.ready" and event.before is not None and event.actor != HOUSEKEEPING:
            preemptions[event.subject_id] += 1
    for task in history.tasks:
        counted = claims[task.task_id] - preemptions[task.task_id]
        said = f"its {task.kind} task says {task.attempts} of {task.max_attempts} attempts"
        if task.attempts > task.max_attempts:
            yield Broken(task.job_id, said)
        if task.attempts != counted:
            more = f"{claims[task.task_id]} claims and {preemptions[task.task_id]} preemptions"
            yield Broken(task.job_id, f"{said}; the trail tells of {more}")
