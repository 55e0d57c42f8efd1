"""`DeleteService` forgets the tasks of a service: it is INACTIVE at once and they run on.

On ECS it drains: it is INACTIVE once its last task has stopped (see `ecs_service_tasks`).
"""

from moto.ecs.models import EC2ContainerServiceBackend, Service

from streamflix_cli.local.control_plane.patch import Method, wrap


def _drain(delete: Method) -> Method:
    def delete_service(self: EC2ContainerServiceBackend, cluster_name: str, service_name: str, force: bool) -> Service:
        service: Service = delete(self, cluster_name, service_name.rsplit("/", 1)[-1], force)
        service.status = "DRAINING"
        service.desired_count = 0
        return service

    return delete_service


def apply() -> None:
    """Lets a deleted service drain."""
    wrap(EC2ContainerServiceBackend, "delete_service", _drain)
