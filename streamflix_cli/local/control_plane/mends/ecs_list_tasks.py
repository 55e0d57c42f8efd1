"""`ListTasks` ignores `serviceName`, lists stopped tasks unasked and those of clusters with a longer name."""

from typing import Any

from moto.ecs.models import EC2ContainerServiceBackend, Task

from streamflix_cli.local.control_plane.ecs_tasks import SERVICE
from streamflix_cli.local.control_plane.patch import Method, wrap


def _filtered(list_all: Method) -> Method:
    def list_tasks(
        self: EC2ContainerServiceBackend,
        cluster_str: str = "default",
        container_instance: str | None = None,
        family: str | None = None,
        started_by: str | None = None,
        service_name: str | None = None,
        desired_status: str | None = None,
        **keywords: Any,
    ) -> list[Task]:
        cluster = self._get_cluster(cluster_str)
        group = f"{SERVICE}{service_name.rsplit('/', 1)[-1]}" if service_name else None
        # ECS lists tasks that ought to run unless asked for others.
        wanted = desired_status or "RUNNING"
        tasks: list[Task] = list_all(
            self, cluster_str, container_instance, family, started_by, service_name, wanted, **keywords
        )
        return [task for task in tasks if task.cluster_arn == cluster.arn and group in {None, task.group}]

    return list_tasks


def apply() -> None:
    """Lists what was asked for."""
    wrap(EC2ContainerServiceBackend, "list_tasks", _filtered)
