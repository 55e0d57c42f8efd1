"""The ECS cluster, its capacity providers and the log that Container Insights writes."""

from lib.cdk import (
    Construct,
    EcsCluster,
    EcsClusterCapacityProviders,
    EcsClusterConfiguration,
    EcsClusterConfigurationExecuteCommandConfiguration as ExecuteCommand,
    EcsClusterConfigurationManagedStorageConfiguration as ManagedStorage,
    EcsClusterSetting,
)
from lib.encryption import Encryption
from lib.logs import log_group
from lib.naming import Naming
from lib.tags import data_class


class Cluster(Construct):
    """A Fargate cluster, on-demand and Spot, with Container Insights.

    Args:
        naming: Names of the environment.
        encryption: Key of the tasks' scratch space, which holds unreleased video, and of the log.
        log_retention_days: Retention of Container Insights' log.
    """

    def __init__(
        self, scope: Construct, id: str, *, naming: Naming, encryption: Encryption, log_retention_days: int
    ) -> None:
        super().__init__(scope, id)
        name = naming.of("ecs-cluster")
        insights = log_group(
            self,
            "insights-log",
            name=f"/aws/ecs/containerinsights/{name}/performance",
            encryption=encryption,
            retention_days=log_retention_days,
        )
        cluster = EcsCluster(
            self,
            "cluster",
            name=name,
            setting=[EcsClusterSetting(name="containerInsights", value="enabled")],
            configuration=EcsClusterConfiguration(
                execute_command_configuration=ExecuteCommand(logging="NONE"),
                managed_storage_configuration=ManagedStorage(fargate_ephemeral_storage_kms_key_id=encryption.key_arn),
            ),
            depends_on=[insights],
            tags=data_class("internal"),
        )
        self.name = str(cluster.name)
        self.arn = str(cluster.arn)
        self.capacity_providers = EcsClusterCapacityProviders(
            self, "capacity-providers", cluster_name=cluster.name, capacity_providers=["FARGATE", "FARGATE_SPOT"]
        )
