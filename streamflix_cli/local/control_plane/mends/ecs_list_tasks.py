"""`ListTasks` ignores `serviceName`."""

from typing import Any

from moto.ecs.models import EC2ContainerServiceBackend, Task

from streamflix_cli.local.control_plane.patch import Method, wrap


def _by_service(list_all: Method) -> Method:
    def list_tasks(
        self: EC2ContainerServiceBackend,
        cluster_str: str | None = None,
        container_instance: str | None = None,
        family: str | None = None,
        started_by: str | None = None,
        service_name: str | None = None,
        *rest: Any,
        **keywords: Any,
    ) -> list[Task]:
        tasks: list[Task] = list_all(
            self, cluster_str, container_instance, family, started_by, service_name, *rest, **keywords
        )
        if service_name is None:
            return tasks
        group = f"service:{service_name.rsplit('/', 1)[-1]}"
        return [task for task in tasks if task.group == group]

    return list_tasks


def apply() -> None:
    """Lists the tasks of one service when asked to."""
    wrap(EC2ContainerServiceBackend, "list_tasks", _by_service)
