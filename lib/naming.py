"""Every name of every resource, in one place: `{resource-type}-{environment-suffix}`.

Constructs take names from here, and the proof after a destroy looks for the same names.
"""

from dataclasses import dataclass
from typing import Literal, get_args

ResourceName = Literal[
    # network
    "vpc",
    "internet-gateway",
    "public-subnet",
    "private-subnet",
    "database-subnet",
    "nat-gateway",
    "nat-address",
    "public-routes",
    "private-routes",
    "database-routes",
    "endpoints-security-group",
    "tasks-security-group",
    "database-security-group",
    "default-security-group",
    "s3-endpoint",
    "interface-endpoint",
    "flow-logs",
    "flow-logs-role",
    # encryption
    "kms-key",
    # storage (bucket names add the account id)
    "raw-bucket",
    "processed-bucket",
    "access-logs-bucket",
    "evidence-bucket",
    # ingestion
    "kinesis-stream",
    "ingest-pipe",
    "ingest-pipe-role",
    "pipe-dead-letter-queue",
    # processing
    "video-jobs-queue",
    "video-jobs-dead-letter-queue",
    "ecs-cluster",
    "worker",
    "migrate",
    "housekeep",
    "worker-service",
    "worker-start-policy",
    "worker-scale-out-policy",
    "worker-scale-in-policy",
    "task-execution-role",
    "worker-role",
    "migrate-role",
    "housekeep-role",
    # housekeeping
    "housekeep-schedule",
    "housekeep-schedule-role",
    "housekeep-dead-letter-queue",
    # database
    "aurora-cluster",
    "aurora-instance",
    "aurora-subnet-group",
    "aurora-cluster-parameters",
    # secrets
    "database-app-secret",
    "database-operator-secret",
    "pseudonym-key",
    "audit-key",
    "api-key",
    "rotation-function",
    "rotation-function-role",
    "rotation-dead-letter-queue",
    # monitoring
    "alarms-topic",
    "video-events-topic",
    "dashboard",
    "task-failures-rule",
    "worker-errors-filter",
    "operator-policy",
    # environment record
    "environment-record",
]
"""The resource types of the stack. A qualifier (an index, an alarm's subject) follows the type."""

RESOURCE_NAMES: tuple[ResourceName, ...] = get_args(ResourceName)


@dataclass(frozen=True)
class Naming:
    """Names of one environment.

    Args:
        suffix: The environment suffix.
    """

    suffix: str

    def of(self, resource: ResourceName, qualifier: str | int | None = None) -> str:
        """Returns `resource-suffix`, or `resource-qualifier-suffix` where a type stands more than once."""
        middle = "" if qualifier is None else f"-{qualifier}"
        return f"{resource}{middle}-{self.suffix}"

    def bucket(self, resource: ResourceName, account_id: str) -> str:
        """Returns `resource-suffix-account`: bucket names are global over all accounts."""
        return f"{self.of(resource)}-{account_id}"

    def alarm(self, subject: str) -> str:
        """Returns the name of the alarm on `subject`, as `alarm-oldest-message-dev`."""
        return f"alarm-{subject}-{self.suffix}"

    def log_group(self, resource: ResourceName) -> str:
        """Returns the name of the log group that `resource` writes, as `/streamflix/dev/worker`."""
        return f"/streamflix/{self.suffix}/{resource}"

    @property
    def parameter_path(self) -> str:
        """SSM parameter path of the environment record."""
        return f"/streamflix/{self.suffix}/environment"

    @property
    def state_key(self) -> str:
        """Key of Terraform's state in the state bucket."""
        return f"streamflix/{self.suffix}/terraform.tfstate"
