"""The database: one Aurora PostgreSQL cluster, Serverless v2."""

from functools import cached_property

from lib.alarms import metric_alarm
from lib.cdk import (
    CloudwatchMetricAlarm,
    Construct,
    DbSubnetGroup,
    RdsCluster,
    RdsClusterInstance,
    RdsClusterParameterGroup,
    RdsClusterParameterGroupParameter,
    RdsClusterServerlessv2ScalingConfiguration,
)
from lib.encryption import Encryption
from lib.logs import log_group
from lib.naming import Naming
from lib.network import Network
from lib.place import Place
from lib.profile import Database as Settings, Monitoring
from lib.tags import data_class

ENGINE = "aurora-postgresql"
DATABASE_NAME = "streamflix"
OWNER_NAME = "streamflix_owner"
"""Owns the schema; `admin` and a few shorter names are reserved by RDS."""

PERFORMANCE_INSIGHTS_DAYS = 7
"""The retention that costs nothing (RDS pricing)."""
AUTO_PAUSE_MINUTES = 5
"""Aurora's default, and the least it takes."""
ACU_CEILING_PERCENT = 90

PARAMETERS = {
    "rds.force_ssl": "1",
    "log_lock_waits": "1",
    # Passwords reach the server as SCRAM verifiers only, so that DDL can be logged.
    "log_statement": "ddl",
    "log_min_duration_statement": "1000",
    # Values of a statement may be personal data; the text of it is enough to find it.
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


class Database(Construct):
    """An Aurora PostgreSQL Serverless v2 cluster with one writer and the profile's readers.

    RDS makes and rotates the owner's password; it is known to nobody else. The Data API is on, because the
    command line and the rotation function have no way into the VPC.

    Args:
        naming: Names of the environment.
        place: Account and region.
        settings: The profile's `database` section.
        network: Where it stands, and the security group that admits only the tasks.
        encryption: Key of the storage, the owner's secret, the exported log and Performance Insights.
        monitoring: Log retention and thresholds.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        naming: Naming,
        place: Place,
        settings: Settings,
        network: Network,
        encryption: Encryption,
        monitoring: Monitoring,
    ) -> None:
        super().__init__(scope, id)
        self._place = place
        self.port = settings.port
        self.name = DATABASE_NAME
        self.auto_pause_minutes = (settings.auto_pause_minutes or AUTO_PAUSE_MINUTES) if settings.min_acu == 0 else None
        """Minutes without a connection after which the cluster pauses; none when it never does."""

        identifier = naming.of("aurora-cluster")
        # RDS would make it itself, without retention, and leave it behind.
        self.log_group = log_group(
            self,
            "log",
            name=f"/aws/rds/cluster/{identifier}/postgresql",
            encryption=encryption,
            retention_days=monitoring.log_retention_days,
            data="personal",
        )
        subnets = DbSubnetGroup(
            self,
            "subnets",
            name=naming.of("aurora-subnet-group"),
            description=f"Database subnets of {naming.suffix}",
            subnet_ids=network.database_subnet_ids,
            tags=data_class("internal"),
        )
        self._cluster = RdsCluster(
            self,
            "cluster",
            cluster_identifier=identifier,
            engine=ENGINE,
            engine_mode="provisioned",
            engine_version=settings.engine_version,
            serverlessv2_scaling_configuration=RdsClusterServerlessv2ScalingConfiguration(
                min_capacity=settings.min_acu,
                max_capacity=settings.max_acu,
                seconds_until_auto_pause=self.auto_pause_minutes * 60 if self.auto_pause_minutes else None,
            ),
            database_name=DATABASE_NAME,
            port=settings.port,
            master_username=OWNER_NAME,
            manage_master_user_password=True,
            master_user_secret_kms_key_id=encryption.key_arn,
            iam_database_authentication_enabled=True,
            enable_http_endpoint=True,
            storage_encrypted=True,
            kms_key_id=encryption.key_arn,
            db_subnet_group_name=subnets.name,
            vpc_security_group_ids=[network.database_security_group_id],
            db_cluster_parameter_group_name=self._parameters(naming, settings.engine_version),
            enabled_cloudwatch_logs_exports=["postgresql"],
            backup_retention_period=settings.backup_retention_days,
            preferred_backup_window=settings.backup_window,
            preferred_maintenance_window=settings.maintenance_window,
            copy_tags_to_snapshot=True,
            apply_immediately=True,
            skip_final_snapshot=True,
            delete_automated_backups=True,
            deletion_protection=False,
            depends_on=[self.log_group],
            tags=data_class("personal"),
        )
        self.instances = [
            RdsClusterInstance(
                self,
                "writer" if number == 1 else f"reader-{number - 1}",
                identifier=naming.of("aurora-instance", number),
                cluster_identifier=self.cluster_identifier,
                engine=ENGINE,
                engine_version=self._cluster.engine_version,
                instance_class="db.serverless",
                db_subnet_group_name=subnets.name,
                # Readers of tier 0 and 1 keep the writer's capacity, so that a failover finds a warm one.
                promotion_tier=0 if number == 1 else 1,
                publicly_accessible=False,
                # The profile names the version; one that moves by itself would be undone by the next deploy.
                auto_minor_version_upgrade=False,
                performance_insights_enabled=True,
                performance_insights_kms_key_id=encryption.key_arn,
                performance_insights_retention_period=PERFORMANCE_INSIGHTS_DAYS,
                copy_tags_to_snapshot=True,
                apply_immediately=True,
                tags=data_class("personal"),
            )
            for number in range(1, settings.readers + 2)
        ]
        self.alarms = self._alarms(naming, settings, monitoring)

    @cached_property
    def cluster_arn(self) -> str:
        """ARN of the cluster, which the Data API takes."""
        return str(self._cluster.arn)

    @cached_property
    def cluster_identifier(self) -> str:
        """Identifier of the cluster."""
        return str(self._cluster.cluster_identifier)

    @cached_property
    def endpoint(self) -> str:
        """Host name of the writer."""
        return str(self._cluster.endpoint)

    @cached_property
    def owner_secret_arn(self) -> str:
        """ARN of the secret that RDS keeps for the owner."""
        return str(self._cluster.master_user_secret.get(0).secret_arn)

    def _parameters(self, naming: Naming, engine_version: str) -> str:
        major = engine_version.partition(".")[0]
        group = RdsClusterParameterGroup(
            self,
            "parameters",
            name=naming.of("aurora-cluster-parameters"),
            family=f"{ENGINE}{major}",
            description=f"TLS and logging of {naming.suffix}",
            parameter=[
                RdsClusterParameterGroupParameter(name=name, value=value, apply_method="immediate")
                for name, value in PARAMETERS.items()
            ],
            tags=data_class("internal"),
        )
        return str(group.name)

    def _alarms(self, naming: Naming, settings: Settings, monitoring: Monitoring) -> list[CloudwatchMetricAlarm]:
        dimensions = {"DBClusterIdentifier": self.cluster_identifier}
        return [
            metric_alarm(
                self,
                "database-capacity",
                naming=naming,
                description=f"The database works at its ceiling of {settings.max_acu} ACU. Look for slow statements in "
                "Performance Insights, then raise `database.max_acu`.",
                namespace="AWS/RDS",
                metric="ACUUtilization",
                dimensions=dimensions,
                statistic="Average",
                threshold=ACU_CEILING_PERCENT,
                period_seconds=300,
                evaluation_periods=3,
            ),
            metric_alarm(
                self,
                "database-cpu",
                naming=naming,
                description="The database's CPU is busy. Look for slow statements in Performance Insights.",
                namespace="AWS/RDS",
                metric="CPUUtilization",
                dimensions=dimensions,
                statistic="Average",
                threshold=monitoring.database_cpu_percent,
                period_seconds=300,
                evaluation_periods=3,
            ),
            metric_alarm(
                self,
                "database-connections",
                naming=naming,
                description="Many connections to the database. A worker holds two at most: `streamflix status` shows "
                "how many workers there are, `pg_stat_activity` who else is connected.",
                namespace="AWS/RDS",
                metric="DatabaseConnections",
                dimensions=dimensions,
                statistic="Maximum",
                threshold=monitoring.database_connections,
                period_seconds=60,
                evaluation_periods=5,
            ),
        ]
