"""`CreateService` drops most of what it is told, among it the capacity provider strategy.

The Terraform provider then wants to replace the service on every plan. A service with a strategy has no
launch type.
"""

from botocore import xform_name
from moto.core.responses import ActionResult
from moto.ecs.responses import EC2ContainerServiceResponse

from streamflix_cli.local.control_plane.patch import Method, wrap

SETTINGS = (
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "placementConstraints",
    "placementStrategy",
)


def _store_settings(create: Method) -> Method:
    def create_service(self: EC2ContainerServiceResponse) -> ActionResult:
        answer: ActionResult = create(self)
        service = answer.result["service"]  # type: ignore[index]
        for setting in SETTINGS:
            value = self._get_param(setting)
            if value is not None:
                setattr(service, xform_name(setting), value)
        strategy = self._get_param("capacityProviderStrategy")
        if strategy:
            service.launch_type = None
            for deployment in service.deployments:
                deployment["launchType"] = None
                deployment["capacityProviderStrategy"] = strategy
                deployment["platformFamily"] = "Linux"
        return answer

    return create_service


def apply() -> None:
    """Keeps the settings with the service; moto then describes and updates them by itself."""
    wrap(EC2ContainerServiceResponse, "create_service", _store_settings)
