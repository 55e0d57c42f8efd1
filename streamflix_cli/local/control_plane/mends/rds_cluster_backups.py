"""A deleted cluster's automated snapshots stay, whatever `DeleteAutomatedBackups` says (its default is true).

`DescribeDBClusterAutomatedBackups` and `DeleteDBClusterAutomatedBackup` are missing.
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.rds.exceptions import DBClusterNotFoundError
from moto.rds.models import DBClusterSnapshot
from moto.rds.responses import RDSResponse

from streamflix_cli.local.control_plane.patch import Method, add, wrap


def _automated(response: RDSResponse, **which: str) -> list[DBClusterSnapshot]:
    return [
        snapshot
        for snapshot in response.backend.cluster_snapshots.values()
        if snapshot.snapshot_type == "automated"
        and all(getattr(snapshot.cluster, name) == value for name, value in which.items())
    ]


def _forget(response: RDSResponse, snapshots: list[DBClusterSnapshot]) -> None:
    for snapshot in snapshots:
        del response.backend.cluster_snapshots[snapshot.db_cluster_snapshot_identifier]


def _backup(response: RDSResponse, snapshot: DBClusterSnapshot) -> dict[str, Any]:
    cluster = snapshot.cluster
    running = response.backend.clusters.get(cluster.db_cluster_identifier)
    exists = running is not None and running.db_cluster_resource_id == cluster.db_cluster_resource_id
    return {
        "DBClusterIdentifier": cluster.db_cluster_identifier,
        "DbClusterResourceId": cluster.db_cluster_resource_id,
        "DBClusterArn": cluster.db_cluster_arn,
        "Engine": cluster.engine,
        "Status": "active" if exists else "retained",
    }


def _delete_with_backups(delete: Method) -> Method:
    def delete_db_cluster(self: RDSResponse) -> ActionResult:
        answer: ActionResult = delete(self)
        if self.params.get("DeleteAutomatedBackups", True):
            _forget(self, _automated(self, db_cluster_identifier=self.params["DBClusterIdentifier"]))
        return answer

    return delete_db_cluster


def describe_db_cluster_automated_backups(self: RDSResponse) -> ActionResult:
    """DescribeDBClusterAutomatedBackups."""
    which: dict[str, str] = {}
    if resource_id := self.params.get("DbClusterResourceId"):
        which["db_cluster_resource_id"] = resource_id
    if identifier := self.params.get("DBClusterIdentifier"):
        which["db_cluster_identifier"] = identifier
    clusters = {
        value
        for entry in self.params.get("Filters", [])
        if entry["Name"] == "db-cluster-id"
        for value in entry["Values"]
    }
    backups = {
        snapshot.cluster.db_cluster_resource_id: _backup(self, snapshot)
        for snapshot in _automated(self, **which)
        if not clusters or snapshot.cluster.db_cluster_identifier in clusters
    }
    return ActionResult({"DBClusterAutomatedBackups": list(backups.values())})


def delete_db_cluster_automated_backup(self: RDSResponse) -> ActionResult:
    """DeleteDBClusterAutomatedBackup."""
    resource_id = self.params["DbClusterResourceId"]
    snapshots = _automated(self, db_cluster_resource_id=resource_id)
    if not snapshots:
        raise DBClusterNotFoundError(resource_id)
    backup = _backup(self, snapshots[0])
    _forget(self, snapshots)
    return ActionResult({"DBClusterAutomatedBackup": backup})


def apply() -> None:
    """Deletes backups with their cluster unless told otherwise, and adds the operations."""
    wrap(RDSResponse, "delete_db_cluster", _delete_with_backups)
    add(RDSResponse, describe_db_cluster_automated_backups, delete_db_cluster_automated_backup)
