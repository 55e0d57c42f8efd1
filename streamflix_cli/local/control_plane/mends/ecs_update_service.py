"""`UpdateService` invents running tasks: it sets the running count to the desired one.

It also leaves the deployment as it was when the service gets another task definition or count.
"""

from typing import Any

from moto.ecs.models import EC2ContainerServiceBackend, Service

from streamflix_cli.local.control_plane.patch import Method, wrap


def _keep_counts(update: Method) -> Method:
    def update_service(self: EC2ContainerServiceBackend, service_properties: dict[str, Any]) -> Service:
        before = self._get_service(
            service_properties.get("cluster", "default"), service_properties["service"].split("/")[-1]
        )
        running = before.running_count
        service: Service = update(self, service_properties)
        cluster = self._get_cluster(service.cluster_name)
        cluster.running_tasks_count += running - service.running_count
        service.running_count = running
        service.pending_count = max(0, service.desired_count - running)
        for deployment in service.deployments[:1]:
            deployment.update(
                taskDefinition=service.task_definition,
                desiredCount=service.desired_count,
                runningCount=running,
                pendingCount=service.pending_count,
                # Not an attribute of moto's own: see `ecs_service_settings`.
                capacityProviderStrategy=getattr(service, "capacity_provider_strategy", None),
            )
        return service

    return update_service


def apply() -> None:
    """The running count is left to whoever runs tasks."""
    wrap(EC2ContainerServiceBackend, "update_service", _keep_counts)
