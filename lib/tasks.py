"""What runs on Fargate: one task definition each, with its role and its log."""

import json
from collections.abc import Mapping
from typing import Any, Literal

from lib.cdk import (
    Construct,
    EcsTaskDefinition,
    EcsTaskDefinitionEphemeralStorage,
    EcsTaskDefinitionRuntimePlatform,
    EcsTaskDefinitionVolume,
)
from lib.encryption import Encryption
from lib.iam import ServiceRole
from lib.logs import log_group
from lib.naming import Naming, ResourceName
from lib.place import Place
from lib.tags import data_class

TaskName = Literal["worker", "migrate", "housekeep"]
ROLES: dict[TaskName, ResourceName] = {
    "worker": "worker-role",
    "migrate": "migrate-role",
    "housekeep": "housekeep-role",
}
SERVICE = "ecs-tasks.amazonaws.com"
STOP_TIMEOUT_SECONDS = 120
"""The longest that Fargate waits between SIGTERM and SIGKILL."""
USER = "10001:10001"
SCRATCH = "/scratch"
"""The only place that a task can write to; the image declares it as a volume of its user."""


def task_role(scope: Construct, id: str, *, name: str, place: Place) -> ServiceRole:
    """A role that only this account's ECS tasks may assume."""
    return ServiceRole(
        scope,
        id,
        name=name,
        service=SERVICE,
        source_account=place.account_id,
        source_arn=place.arn("ecs", "*"),
    )


class Task(Construct):
    """A Fargate task definition of one container.

    Linux on x86-64: what development machines and CI run, so that the image which was tested is the image
    which runs. The root file system is read-only, the user is not root and has no capabilities; ECS Exec is off.

    Args:
        naming: Names of the environment.
        place: Account and region.
        name: Which of the tasks it is, and the command that its container runs.
        image: Image of the container.
        cpu: CPU units.
        memory: MiB.
        ephemeral_storage_gib: Scratch space, 21 to 200; by default Fargate's 20 GiB.
        execution_role_arn: Pulls the image, writes the log and reads the injected secrets.
        environment: Environment variables of the container.
        secrets: Environment variables whose values ECS reads from Secrets Manager, by ARN.
        encryption: Key of the log.
        log_retention_days: Retention of the log.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        naming: Naming,
        place: Place,
        name: TaskName,
        image: str,
        cpu: int,
        memory: int,
        ephemeral_storage_gib: int | None = None,
        execution_role_arn: str,
        environment: Mapping[str, str],
        secrets: Mapping[str, str],
        encryption: Encryption,
        log_retention_days: int,
    ) -> None:
        super().__init__(scope, id)
        self.log_group = log_group(
            self, "log", name=naming.log_group(name), encryption=encryption, retention_days=log_retention_days
        )
        self.role = task_role(self, "role", name=naming.of(ROLES[name]), place=place)
        container: dict[str, Any] = {
            "name": name,
            "image": image,
            "essential": True,
            "memory": memory,
            "command": ["python", "-m", "lib.worker", name],
            "user": USER,
            "readonlyRootFilesystem": True,
            "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
            "mountPoints": [{"sourceVolume": "scratch", "containerPath": SCRATCH, "readOnly": False}],
            "stopTimeout": STOP_TIMEOUT_SECONDS,
            "environment": [{"name": key, "value": value} for key, value in sorted(environment.items())],
            "secrets": [{"name": key, "valueFrom": arn} for key, arn in sorted(secrets.items())],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": self.log_group.name,
                    "awslogs-region": place.region,
                    "awslogs-stream-prefix": name,
                    # An encode must not stand still because CloudWatch Logs does; evidence is in the database.
                    "mode": "non-blocking",
                    "max-buffer-size": "25m",
                },
            },
        }
        self.definition = EcsTaskDefinition(
            self,
            "definition",
            family=naming.of(name),
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(cpu),
            memory=str(memory),
            runtime_platform=EcsTaskDefinitionRuntimePlatform(
                operating_system_family="LINUX", cpu_architecture="X86_64"
            ),
            ephemeral_storage=(
                EcsTaskDefinitionEphemeralStorage(size_in_gib=ephemeral_storage_gib) if ephemeral_storage_gib else None
            ),
            volume=[EcsTaskDefinitionVolume(name="scratch")],
            execution_role_arn=execution_role_arn,
            task_role_arn=self.role.arn,
            container_definitions=json.dumps([container]),
            tags=data_class("internal"),
        )
        self.arn = str(self.definition.arn)
        """ARN of the newest revision."""
        self.any_revision_arn = place.arn("ecs", f"task-definition/{naming.of(name)}:*")
        """ARN pattern of all its revisions, for policies."""
        self.log_group_name = str(self.log_group.name)
        self.log_group_arn = str(self.log_group.arn)
