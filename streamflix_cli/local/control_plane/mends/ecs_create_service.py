"""`CreateService` replaces a service of the same name, whose tasks then belong to nobody."""

from typing import Any

from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend, Service

from streamflix_cli.local.control_plane.patch import Method, wrap


def _refuse_a_taken_name(create: Method) -> Method:
    def create_service(
        self: EC2ContainerServiceBackend, cluster_str: str, service_name: str, *arguments: Any, **keywords: Any
    ) -> Service:
        existing = self.services.get(f"{self._get_cluster(cluster_str).name}:{service_name}")
        if existing is not None and existing.status == "DRAINING":
            raise InvalidParameterException("Unable to Start a service that is still Draining.")
        if existing is not None and existing.status == "ACTIVE":
            raise InvalidParameterException("Creation of service was not idempotent.")
        service: Service = create(self, cluster_str, service_name, *arguments, **keywords)
        return service

    return create_service


def apply() -> None:
    """Refuses a name that is in use."""
    wrap(EC2ContainerServiceBackend, "create_service", _refuse_a_taken_name)
