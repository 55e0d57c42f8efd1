from typing import Any


def test_a_serverless_v2_cluster_has_no_scaling_configuration_of_v1(clients: Any) -> None:
    rds = clients("rds")
    cluster = rds.create_db_cluster(
        DBClusterIdentifier="scaling",
        Engine="aurora-postgresql",
        EngineMode="provisioned",
        MasterUsername="owner",
        ManageMasterUserPassword=True,
        ServerlessV2ScalingConfiguration={"MinCapacity": 0, "MaxCapacity": 4, "SecondsUntilAutoPause": 600},
    )["DBCluster"]
    assert cluster["ServerlessV2ScalingConfiguration"]["SecondsUntilAutoPause"] == 600
    assert "ScalingConfigurationInfo" not in cluster
