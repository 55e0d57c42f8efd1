"""ECS task scale-in protection: `UpdateTaskProtection` and `GetTaskProtection` are missing."""

import time
from collections.abc import Iterator
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend, Task
from moto.ecs.responses import EC2ContainerServiceResponse

from streamflix_cli.local.control_plane.patch import add

DEFAULT_MINUTES = 120
LONGEST_MINUTES = 2880


def _protection(task: Task) -> dict[str, Any]:
    expires = task.__dict__.get("protected_until", 0.0)
    if expires <= time.time():
        return {"taskArn": task.task_arn, "protectionEnabled": False}
    return {"taskArn": task.task_arn, "protectionEnabled": True, "expirationDate": expires}


def _find(backend: EC2ContainerServiceBackend, cluster: str, names: list[str]) -> Iterator[tuple[str, Task | None]]:
    tasks = backend.tasks.get(backend._get_cluster(cluster).name, {})
    by_id = {arn.rsplit("/", 1)[-1]: task for arn, task in tasks.items()}
    for name in names or list(tasks):
        yield name, by_id.get(name.rsplit("/", 1)[-1])


def update_task_protection(self: EC2ContainerServiceResponse) -> ActionResult:
    """UpdateTaskProtection: only a running task of a service can be protected."""
    enabled = self._get_param("protectionEnabled")
    minutes = self._get_param("expiresInMinutes") or DEFAULT_MINUTES
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise InvalidParameterException(f"expiresInMinutes must be between 1 and {LONGEST_MINUTES}.")
    protected, failures = [], []
    for name, task in _find(self.ecs_backend, self._get_param("cluster", "default"), self._get_param("tasks", [])):
        if task is None:
            failures.append({"arn": name, "reason": "MISSING"})
        elif not task.group.startswith("service:") or task.last_status == "STOPPED":
            failures.append({"arn": task.task_arn, "reason": "TASK_NOT_VALID"})
        else:
            task.__dict__["protected_until"] = time.time() + 60 * minutes if enabled else 0.0
            protected.append(_protection(task))
    return ActionResult({"protectedTasks": protected, "failures": failures})


def get_task_protection(self: EC2ContainerServiceResponse) -> ActionResult:
    """GetTaskProtection."""
    found = list(_find(self.ecs_backend, self._get_param("cluster", "default"), self._get_param("tasks", [])))
    return ActionResult(
        {
            "protectedTasks": [_protection(task) for _, task in found if task is not None],
            "failures": [{"arn": name, "reason": "MISSING"} for name, task in found if task is None],
        }
    )


def apply() -> None:
    """Adds the operations."""
    add(EC2ContainerServiceResponse, update_task_protection, get_task_protection)
