import json
from typing import Any


def owner(clients: Any, name: str) -> dict[str, str]:
    cluster = clients("rds").create_db_cluster(
        DBClusterIdentifier=name,
        Engine="aurora-postgresql",
        MasterUsername="streamflix_owner",
        ManageMasterUserPassword=True,
    )["DBCluster"]
    secret = clients("secretsmanager").get_secret_value(SecretId=cluster["MasterUserSecret"]["SecretArn"])
    value: dict[str, str] = json.loads(secret["SecretString"])
    return value


def test_the_owner_secret_names_the_clusters_owner(clients: Any) -> None:
    assert owner(clients, "owned-1")["username"] == "streamflix_owner"


def test_each_cluster_has_a_password_of_its_own(clients: Any) -> None:
    assert owner(clients, "owned-2")["password"] != owner(clients, "owned-3")["password"]


def test_a_secret_that_is_managed_already_stays(clients: Any) -> None:
    owner(clients, "owned-4")
    asked = {"DBClusterIdentifier": "owned-4", "ManageMasterUserPassword": True}
    (before,) = clients("rds").describe_db_clusters(DBClusterIdentifier="owned-4")["DBClusters"]
    key = before["MasterUserSecret"]["KmsKeyId"]
    after = clients("rds").modify_db_cluster(**asked, MasterUserSecretKmsKeyId=key)["DBCluster"]
    assert after["MasterUserSecret"]["SecretArn"] == before["MasterUserSecret"]["SecretArn"]
