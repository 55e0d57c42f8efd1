"""The life of an ECS task in the control plane: PROVISIONING, PENDING, RUNNING, STOPPING, STOPPED.

A task moves on as its agent reports. One that no agent has taken (PROVISIONING) is stopped at once.
"""

import time
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend, Task

SERVICE = "service:"
"""What the group of a service's tasks begins with."""


def find(backend: EC2ContainerServiceBackend, cluster: str, name: str) -> Task | None:
    """The task of a cluster with this id or ARN."""
    task_id = name.rsplit("/", 1)[-1]
    tasks = backend.tasks.get(backend._get_cluster(cluster).name, {})
    return next((task for task in tasks.values() if task.id == task_id), None)


def known(backend: EC2ContainerServiceBackend, cluster: str, name: str) -> Task:
    """Like `find`.

    Raises:
        InvalidParameterException: There is no such task.
    """
    task = find(backend, cluster, name)
    if task is None:
        raise InvalidParameterException("The referenced task was not found.")
    return task


def begin(task: Task) -> None:
    """Makes a new task wait for an agent."""
    task.last_status = "PROVISIONING"
    task.__dict__.update(created_at=utcnow(), version=1)
    for container in task.containers:
        container.task_arn = task.task_arn
        container.__dict__["exitCode"] = None


def ask_to_stop(task: Task, *, code: str, reason: str) -> None:
    """Sets the desired status, on which the agent stops the task; stops it here if no agent has it.

    Args:
        code: ECS's stop code, as `UserInitiated`.
        reason: What `stoppedReason` says.
    """
    if task.desired_status == "STOPPED":
        return
    task.desired_status = "STOPPED"
    task.stopped_reason = reason
    task.__dict__.update(stop_code=code, stopping_at=utcnow())
    if task.last_status == "PROVISIONING":
        _end(task)
    else:
        task.last_status = "STOPPING"


def report(task: Task, status: str, *, exit_code: int | None, reason: str | None) -> None:
    """Takes an agent's word on the state of a task.

    Args:
        status: PENDING, RUNNING or STOPPED.
        exit_code: Of its container, if that ran.
        reason: Why it stopped, unless it was asked to.

    Raises:
        InvalidParameterException: The task has stopped, and is reported to be something else.
    """
    if task.last_status == "STOPPED":
        if status != "STOPPED":
            raise InvalidParameterException("The task is stopped.")
    elif status == "STOPPED":
        if task.desired_status != "STOPPED":
            started = "started_at" in task.__dict__
            task.desired_status = "STOPPED"
            task.stopped_reason = reason or "Essential container in task exited"
            task.__dict__.update(
                stop_code="EssentialContainerExited" if started else "TaskFailedToStart", stopping_at=utcnow()
            )
        for container in task.containers:
            container.__dict__["exitCode"] = exit_code
        _end(task)
    else:
        if status == "RUNNING":
            task.__dict__["started_at"] = utcnow()
        if task.desired_status == "RUNNING":
            _set_status(task, status)


def seconds_since_stop(task: Task) -> float:
    """How long ago a stopped task stopped."""
    return time.time() - float(task.__dict__["stopped"])


def ran_seconds(task: Task) -> float:
    """How long a stopped task ran; 0 if its container never did."""
    about: dict[str, Any] = task.__dict__
    return float((about["stopped_at"] - about["started_at"]).total_seconds()) if "started_at" in about else 0.0


def _end(task: Task) -> None:
    _set_status(task, "STOPPED")
    task.__dict__.update(stopped_at=utcnow(), execution_stopped_at=utcnow(), stopped=time.time())
    ec2 = ec2_backends[task._account_id][task.region_name]
    attachments: list[dict[str, Any]] = task.attachments
    for attachment in attachments:
        # ECS removes the network interface with its task; a security group in use cannot be deleted.
        details = {detail["name"]: detail["value"] for detail in attachment["details"]}
        ec2.enis.pop(details["networkInterfaceId"], None)
        attachment["status"] = "DELETED"


def _set_status(task: Task, status: str) -> None:
    task.last_status = status
    for container in task.containers:
        container.last_status = status
