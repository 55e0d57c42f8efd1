"""`DescribeTasks` says nothing of tasks that it does not find."""

from moto.core.responses import ActionResult
from moto.ecs.responses import EC2ContainerServiceResponse

from streamflix_cli.local.control_plane import ecs_tasks
from streamflix_cli.local.control_plane.patch import Method, wrap


def _with_failures(describe: Method) -> Method:
    def describe_tasks(self: EC2ContainerServiceResponse) -> ActionResult:
        answer: ActionResult = describe(self)
        cluster = self._get_param("cluster", "default")
        answer.result["failures"] = [  # type: ignore[index]
            {"arn": name, "reason": "MISSING"}
            for name in self._get_param("tasks", [])
            if ecs_tasks.find(self.ecs_backend, cluster, name) is None
        ]
        return answer

    return describe_tasks


def apply() -> None:
    """Reports missing tasks."""
    wrap(EC2ContainerServiceResponse, "describe_tasks", _with_failures)
