"""Aurora: instances, clusters, snapshots, retained backups, subnet and parameter groups."""

from collections.abc import Iterable
from typing import Any

from streamflix_cli.deploy.sweep.cloud import Cloud, Search
from streamflix_cli.deploy.sweep.leftover import Leftover
from streamflix_cli.deploy.sweep.probers.base import Prober, is_numbered


def _of_cluster(search: Search) -> list[dict[str, Any]]:
    return [{"Name": "db-cluster-id", "Values": [search.naming.of("aurora-cluster")]}]


class RdsInstance(Prober):
    """By instance identifier: the environment's names, and every member of its cluster."""

    type = "rds_instance"
    arn = r"rds:db:(?P<id>.+)"
    missing = frozenset({"DBInstanceNotFound", "DBInstanceNotFoundFault"})
    patience_seconds = 1800

    def candidates(self, search: Search) -> Iterable[Leftover]:
        cluster = search.naming.of("aurora-cluster")
        return self.named(
            instance["DBInstanceIdentifier"]
            for instance in search.cloud.pages("rds", "describe_db_instances", "DBInstances")
            if instance.get("DBClusterIdentifier") == cluster
            or is_numbered(search.naming, "aurora-instance", instance["DBInstanceIdentifier"])
        )

    def state(self, cloud: Cloud, id: str) -> str | None:
        answer = self.ask(cloud.client("rds").describe_db_instances, DBInstanceIdentifier=id)
        return str(answer["DBInstances"][0]["DBInstanceStatus"]) if answer and answer["DBInstances"] else None

    def delete(self, cloud: Cloud, id: str) -> None:
        self.ask(cloud.client("rds").delete_db_instance, DBInstanceIdentifier=id, SkipFinalSnapshot=True)


class RdsCluster(Prober):
    """By cluster identifier."""

    type = "rds_cluster"
    arn = r"rds:cluster:(?P<id>.+)"
    missing = frozenset({"DBClusterNotFoundFault"})
    patience_seconds = 1800

    def candidates(self, search: Search) -> Iterable[Leftover]:
        return self.named([search.naming.of("aurora-cluster")])

    def state(self, cloud: Cloud, id: str) -> str | None:
        answer = self.ask(cloud.client("rds").describe_db_clusters, DBClusterIdentifier=id)
        return str(answer["DBClusters"][0]["Status"]) if answer and answer["DBClusters"] else None

    def delete(self, cloud: Cloud, id: str) -> None:
        self.ask(
            cloud.client("rds").delete_db_cluster,
            DBClusterIdentifier=id,
            SkipFinalSnapshot=True,
            DeleteAutomatedBackups=True,
        )


class RdsClusterSnapshot(Prober):
    """By snapshot identifier: manual and automated snapshots of the cluster."""

    type = "rds_cluster_snapshot"
    arn = r"rds:cluster-snapshot:(?P<id>.+)"
    missing = frozenset({"DBClusterSnapshotNotFoundFault"})
    patience_seconds = 600

    def candidates(self, search: Search) -> Iterable[Leftover]:
        snapshots = search.cloud.pages(
            "rds", "describe_db_cluster_snapshots", "DBClusterSnapshots", Filters=_of_cluster(search)
        )
        return self.named(snapshot["DBClusterSnapshotIdentifier"] for snapshot in snapshots)

    def state(self, cloud: Cloud, id: str) -> str | None:
        answer = self.ask(cloud.client("rds").describe_db_cluster_snapshots, DBClusterSnapshotIdentifier=id)
        snapshot = next(iter(answer["DBClusterSnapshots"]), None) if answer else None
        return None if snapshot is None else f"{snapshot['SnapshotType']}, {snapshot['Status']}"

    def delete(self, cloud: Cloud, id: str) -> None:
        self.ask(cloud.client("rds").delete_db_cluster_snapshot, DBClusterSnapshotIdentifier=id)


class RdsClusterBackup(Prober):
    """By cluster resource id: automated backups that outlive their cluster."""

    type = "rds_cluster_backup"
    arn = r"rds:cluster-auto-backup:(?P<id>.+)"
    missing = frozenset({"DBClusterAutomatedBackupNotFoundFault"})
    patience_seconds = 600

    def candidates(self, search: Search) -> Iterable[Leftover]:
        return self.named(
            backup["DbClusterResourceId"]
            for backup in self._list(search.cloud, Filters=_of_cluster(search))
            if backup["Status"] == "retained"
        )

    def state(self, cloud: Cloud, id: str) -> str | None:
        return next((backup["Status"] for backup in self._list(cloud, DbClusterResourceId=id)), None)

    def delete(self, cloud: Cloud, id: str) -> None:
        self.ask(cloud.client("rds").delete_db_cluster_automated_backup, DbClusterResourceId=id)

    def _list(self, cloud: Cloud, **which: Any) -> list[dict[str, Any]]:
        listing = ("rds", "describe_db_cluster_automated_backups", "DBClusterAutomatedBackups")
        return self.ask(cloud.pages, *listing, **which) or []


class RdsSubnetGroup(Prober):
    """By subnet group name."""

    type = "rds_subnet_group"
    arn = r"rds:subgrp:(?P<id>.+)"
    missing = frozenset({"DBSubnetGroupNotFoundFault"})

    def candidates(self, search: Search) -> Iterable[Leftover]:
        return self.named([search.naming.of("aurora-subnet-group")])

    def state(self, cloud: Cloud, id: str) -> str | None:
        answer = self.ask(cloud.client("rds").describe_db_subnet_groups, DBSubnetGroupName=id)
        return "exists" if answer and answer["DBSubnetGroups"] else None

    def delete(self, cloud: Cloud, id: str) -> None:
        self.ask(cloud.client("rds").delete_db_subnet_group, DBSubnetGroupName=id)


class RdsClusterParameterGroup(Prober):
    """By cluster parameter group name."""

    type = "rds_cluster_parameter_group"
    arn = r"rds:cluster-pg:(?P<id>.+)"
    missing = frozenset({"DBParameterGroupNotFound", "DBParameterGroupNotFoundFault"})

    def candidates(self, search: Search) -> Iterable[Leftover]:
        return self.named([search.naming.of("aurora-cluster-parameters")])

    def state(self, cloud: Cloud, id: str) -> str | None:
        answer = self.ask(cloud.client("rds").describe_db_cluster_parameter_groups, DBClusterParameterGroupName=id)
        return "exists" if answer and answer["DBClusterParameterGroups"] else None

    def delete(self, cloud: Cloud, id: str) -> None:
        self.ask(cloud.client("rds").delete_db_cluster_parameter_group, DBClusterParameterGroupName=id)
