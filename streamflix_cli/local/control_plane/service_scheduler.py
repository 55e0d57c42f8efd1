"""Which tasks of an ECS service start and stop next: the rules of ECS's rolling deployments."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class ServiceTask:
    """A task that nobody has asked to stop.

    Attributes:
        arn: Its name.
        current: Whether it belongs to the newest deployment.
        running: Whether its container runs; it is still being started otherwise.
        protected: Whether it has scale-in protection, which holds against deployments too.
    """

    arn: str
    current: bool
    running: bool
    protected: bool


class Changes(NamedTuple):
    """How many tasks of the newest deployment to start, and which tasks to stop, by ARN."""

    start: int
    stop: tuple[str, ...]


def next_changes(
    tasks: Sequence[ServiceTask], *, desired: int, minimum_percent: int = 100, maximum_percent: int = 200
) -> Changes:
    """Brings a service nearer to its desired count in its newest deployment.

    A protected task is never stopped. Tasks that do not run yet go before running ones, new ones before old.

    Args:
        tasks: Oldest first.
        desired: Desired count of the service.
        minimum_percent: Share of the desired count that must run all the while, rounded up.
        maximum_percent: Share of the desired count that may exist while older deployments are replaced, rounded down.
    """
    current = [task for task in tasks if task.current]
    outdated = [task for task in tasks if not task.current]
    stop = _removable(current)[: max(0, len(current) - desired)]

    lacking = max(0, desired - len(current))
    if outdated:
        lacking = min(lacking, max(0, desired * maximum_percent // 100 - len(tasks)))

    must_run = -(-desired * minimum_percent // 100)
    may_stop = sum(task.running for task in tasks) - sum(task.running for task in stop) - must_run
    for task in _removable(outdated):
        if not task.running:
            stop.append(task)
        elif may_stop > 0:
            may_stop -= 1
            stop.append(task)
    return Changes(start=lacking, stop=tuple(task.arn for task in stop))


def _removable(tasks: Sequence[ServiceTask]) -> list[ServiceTask]:
    return sorted((task for task in reversed(tasks) if not task.protected), key=lambda task: task.running)
