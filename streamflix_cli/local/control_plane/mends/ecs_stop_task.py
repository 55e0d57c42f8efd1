"""`StopTask` stops a task before its container had time to end, and fails inside on an unknown one."""

from moto.ecs.models import EC2ContainerServiceBackend, Task

from streamflix_cli.local.control_plane import ecs_tasks
from streamflix_cli.local.control_plane.patch import add


def stop_task(self: EC2ContainerServiceBackend, cluster_str: str, task_str: str, reason: str | None) -> Task:
    """StopTask: sets the desired status; the agent stops the task and reports it."""
    task = ecs_tasks.known(self, cluster_str, task_str)
    ecs_tasks.ask_to_stop(task, code="UserInitiated", reason=reason or "Task stopped by user")
    return task


def apply() -> None:
    """Stops a task as its agent does."""
    add(EC2ContainerServiceBackend, stop_task)
