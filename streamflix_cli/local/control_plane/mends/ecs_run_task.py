"""`RunTask` fails where Fargate needs less: without `memory` on each container, without `securityGroups`, and in a
VPC without DNS host names.

On Fargate memory is a property of the task; a call without security groups means the VPC's default one.
"""

from types import SimpleNamespace
from typing import Any

from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ecs.models import EC2ContainerServiceBackend, TaskDefinition

from streamflix_cli.local.control_plane.patch import Method, wrap


def _without_container_memory(calculate: Method) -> Any:
    def _calculate_task_resource_requirements(task_definition: TaskDefinition) -> dict[str, Any]:
        containers = [
            container if container.keys() & {"memory", "memoryReservation"} else {**container, "memory": 0}
            for container in task_definition.container_definitions
        ]
        requirements: dict[str, Any] = calculate(SimpleNamespace(container_definitions=containers))
        return requirements

    return staticmethod(_calculate_task_resource_requirements)


def _without_security_groups(run: Method) -> Method:
    def run_task(self: EC2ContainerServiceBackend, *arguments: Any, **keywords: Any) -> Any:
        for argument in (*arguments, *keywords.values()):
            if isinstance(argument, dict) and "awsvpcConfiguration" in argument:
                argument["awsvpcConfiguration"].setdefault("securityGroups", [])
        return run(self, *arguments, **keywords)

    return run_task


def apply() -> None:
    """Takes a task as Fargate does."""
    wrap(EC2ContainerServiceBackend, "_calculate_task_resource_requirements", _without_container_memory)
    wrap(EC2ContainerServiceBackend, "run_task", _without_security_groups)
    # An attribute of those alone that have a name.
    NetworkInterface.private_dns_name = ""
