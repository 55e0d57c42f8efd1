from typing import Any

import pytest


@pytest.fixture
def instance(clients: Any, request: pytest.FixtureRequest) -> dict[str, Any]:
    """Arguments of CreateDBInstance in a cluster."""
    name = f"c{abs(hash(request.node.name))}"
    clients("rds").create_db_cluster(
        DBClusterIdentifier=name, Engine="aurora-postgresql", MasterUsername="owner", ManageMasterUserPassword=True
    )
    return {
        "DBInstanceIdentifier": f"{name}-1",
        "DBClusterIdentifier": name,
        "Engine": "aurora-postgresql",
        "DBInstanceClass": "db.serverless",
    }


def test_performance_insights_of_an_instance_are_described(clients: Any, instance: dict[str, Any]) -> None:
    rds = clients("rds")
    rds.create_db_instance(**instance, EnablePerformanceInsights=True, PerformanceInsightsKMSKeyId="key")
    (found,) = rds.describe_db_instances(DBInstanceIdentifier=instance["DBInstanceIdentifier"])["DBInstances"]
    assert found["PerformanceInsightsEnabled"] is True
    assert found["PerformanceInsightsKMSKeyId"] == "key"
    assert found["PerformanceInsightsRetentionPeriod"] == 7


def test_performance_insights_can_be_switched_off(clients: Any, instance: dict[str, Any]) -> None:
    rds = clients("rds")
    rds.create_db_instance(**instance, EnablePerformanceInsights=True, PerformanceInsightsRetentionPeriod=31)
    changed = rds.modify_db_instance(
        DBInstanceIdentifier=instance["DBInstanceIdentifier"], EnablePerformanceInsights=False
    )["DBInstance"]
    assert changed["PerformanceInsightsEnabled"] is False
