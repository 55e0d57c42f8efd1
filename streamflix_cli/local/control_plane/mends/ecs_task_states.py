"""Tasks run by themselves: moto starts each as RUNNING and moves it on whenever somebody looks.

Here a task waits for an agent and goes through its states as the agent reports by `SubmitTaskStateChange`,
the operation of the real ECS agent, which moto lacks.
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.models import Task
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.moto_api import state_manager

from streamflix_cli.local.control_plane import ecs_tasks
from streamflix_cli.local.control_plane.patch import Method, add, wrap


def _wait_for_an_agent(create: Method) -> Method:
    def __init__(self: Task, *arguments: Any, **keywords: Any) -> None:  # noqa: N807
        create(self, *arguments, **keywords)
        ecs_tasks.begin(self)

    return __init__


def submit_task_state_change(self: EC2ContainerServiceResponse) -> ActionResult:
    """SubmitTaskStateChange: PENDING (an agent has the task), RUNNING or STOPPED."""
    task = ecs_tasks.known(self.ecs_backend, self._get_param("cluster", "default"), self._get_param("task"))
    containers = self._get_param("containers") or [{}]
    ecs_tasks.report(
        task,
        self._get_param("status"),
        exit_code=containers[0].get("exitCode"),
        reason=self._get_param("reason"),
    )
    return ActionResult({"acknowledgment": "ACK"})


def apply() -> None:
    """Leaves the states of tasks to their agent."""
    state_manager.set_transition("ecs::task", {"progression": "manual", "times": 10**9})
    wrap(Task, "__init__", _wait_for_an_agent)
    add(EC2ContainerServiceResponse, submit_task_state_change)
