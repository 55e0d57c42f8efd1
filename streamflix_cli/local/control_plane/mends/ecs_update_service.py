"""`UpdateService` invents running tasks: it sets the running count to the desired one.

It also makes no deployment when the service gets another task definition or is told to redeploy. On ECS each
change of what the tasks are is a new PRIMARY deployment; the older ones stay ACTIVE while they have tasks.
A deleted service can be updated too.
"""

from typing import Any

from moto.core.utils import utcnow
from moto.ecs.exceptions import ECSException
from moto.ecs.models import EC2ContainerServiceBackend, Service
from moto.moto_api._internal import mock_random

from streamflix_cli.local.control_plane.patch import Method, wrap

TASK_SETTINGS = ("capacity_provider_strategy", "network_configuration", "platform_version", "task_definition")


def _redeploy(update: Method) -> Method:
    def update_service(self: EC2ContainerServiceBackend, service_properties: dict[str, Any]) -> Service:
        name = service_properties["service"].split("/")[-1]
        before = self._get_service(service_properties.get("cluster", "default"), name)
        if before.status != "ACTIVE":
            raise ECSException("ServiceNotActiveException", "Service was not ACTIVE.")
        counts = before.running_count, before.pending_count
        settings = [getattr(before, setting, None) for setting in TASK_SETTINGS]
        deployments = [dict(deployment) for deployment in before.deployments]
        forced = service_properties.get("force_new_deployment", False)

        service: Service = update(self, service_properties)
        service.running_count, service.pending_count = counts
        if service.task_definition:
            service.task_definition = self.describe_task_definition(service.task_definition).arn
        if deployments:
            if forced or settings != [getattr(service, setting, None) for setting in TASK_SETTINGS]:
                deployments = [_new_deployment(service, deployments[0]), *_superseded(deployments)]
            deployments[0]["desiredCount"] = service.desired_count
            service.deployments = deployments
        return service

    return update_service


def _new_deployment(service: Service, previous: dict[str, Any]) -> dict[str, Any]:
    deployment_id = f"ecs-svc/{mock_random.randint(0, 32**12)}"
    return {
        **previous,
        "id": deployment_id,
        "createdAt": utcnow(),
        "updatedAt": utcnow(),
        "taskDefinition": service.task_definition,
        "networkConfiguration": service.network_configuration,
        "platformVersion": service.platform_version,
        # Not an attribute of moto's own: see `ecs_service_settings`.
        "capacityProviderStrategy": getattr(service, "capacity_provider_strategy", None),
        "runningCount": 0,
        "pendingCount": 0,
        "failedTasks": 0,
        "rolloutState": "IN_PROGRESS",
        "rolloutStateReason": f"ECS deployment {deployment_id} in progress.",
    }


def _superseded(deployments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**deployment, "status": "ACTIVE"} for deployment in deployments]


def apply() -> None:
    """The counts are left to what tasks there are."""
    wrap(EC2ContainerServiceBackend, "update_service", _redeploy)
