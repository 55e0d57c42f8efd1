from typing import Any

CLUSTER = {"Engine": "aurora-postgresql", "MasterUsername": "owner", "ManageMasterUserPassword": True}


def cluster(rds: Any, name: str) -> str:
    created = rds.create_db_cluster(DBClusterIdentifier=name, **CLUSTER)
    return str(created["DBCluster"]["DbClusterResourceId"])


def snapshots(rds: Any, name: str) -> list[Any]:
    which = [{"Name": "db-cluster-id", "Values": [name]}]
    return list(rds.describe_db_cluster_snapshots(Filters=which)["DBClusterSnapshots"])


def test_a_cluster_takes_its_automated_backups_with_it(clients: Any) -> None:
    rds = clients("rds")
    cluster(rds, "gone")
    rds.delete_db_cluster(DBClusterIdentifier="gone", SkipFinalSnapshot=True)
    assert snapshots(rds, "gone") == []


def test_retained_backups_are_listed_until_they_are_deleted(clients: Any) -> None:
    rds = clients("rds")
    resource_id = cluster(rds, "retained")
    rds.delete_db_cluster(DBClusterIdentifier="retained", SkipFinalSnapshot=True, DeleteAutomatedBackups=False)

    def listed() -> list[tuple[str, str]]:
        backups = rds.describe_db_cluster_automated_backups(DbClusterResourceId=resource_id)
        return [(backup["DBClusterIdentifier"], backup["Status"]) for backup in backups["DBClusterAutomatedBackups"]]

    assert listed() == [("retained", "retained")]
    rds.delete_db_cluster_automated_backup(DbClusterResourceId=resource_id)
    assert listed() == []
    assert snapshots(rds, "retained") == []
