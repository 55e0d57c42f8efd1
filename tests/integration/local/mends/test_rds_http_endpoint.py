from typing import Any

import pytest

CLUSTER = {
    "Engine": "aurora-postgresql",
    "EngineMode": "provisioned",
    "EngineVersion": "16.6",
    "MasterUsername": "owner",
    "ManageMasterUserPassword": True,
}


def enabled(rds: Any, name: str) -> bool:
    return bool(rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]["HttpEndpointEnabled"])


def test_a_serverless_v2_cluster_has_the_data_api(clients: Any) -> None:
    rds = clients("rds")
    rds.create_db_cluster(DBClusterIdentifier="with-api", EnableHttpEndpoint=True, **CLUSTER)
    assert enabled(rds, "with-api")


@pytest.mark.parametrize("operation", ["enable_http_endpoint", "disable_http_endpoint"])
def test_the_data_api_can_be_switched(clients: Any, operation: str) -> None:
    rds = clients("rds")
    on = operation == "enable_http_endpoint"
    name = f"switched-{'on' if on else 'off'}"
    arn = rds.create_db_cluster(DBClusterIdentifier=name, EnableHttpEndpoint=not on, **CLUSTER)["DBCluster"]
    answer = getattr(rds, operation)(ResourceArn=arn["DBClusterArn"])
    assert answer["HttpEndpointEnabled"] is on
    assert enabled(rds, name) is on
