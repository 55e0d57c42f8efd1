"""`StopTask` does not lower the running count of the task's service, and fails inside on an unknown task."""

from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend, Task

from streamflix_cli.local.control_plane.patch import Method, wrap

SERVICE = "service:"


def lower_count(stop: Method) -> Method:
    """Returns a `stop_task` that counts a stopped task out of its service."""

    def stop_task(self: EC2ContainerServiceBackend, cluster_str: str, task_str: str, reason: str) -> Task:
        cluster = self._get_cluster(cluster_str)
        task_id = task_str.rsplit("/", maxsplit=1)[-1]
        known = (task for arn, task in self.tasks.get(cluster.name, {}).items() if arn.endswith(f"/{task_id}"))
        task = next(known, None)
        if task is None:
            raise InvalidParameterException("The referenced task was not found.")
        was_running = task.last_status == "RUNNING"
        stopped: Task = stop(self, cluster_str, task_str, reason)
        service = self.services.get(f"{cluster.name}:{task.group.removeprefix(SERVICE)}")
        if was_running and service is not None and task.group.startswith(SERVICE):
            service.running_count = max(0, service.running_count - 1)
            for deployment in service.deployments[:1]:
                deployment["runningCount"] = service.running_count
        return stopped

    return stop_task


def apply() -> None:
    """Counts a stopped task out."""
    wrap(EC2ContainerServiceBackend, "stop_task", lower_count)
