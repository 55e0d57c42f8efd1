from datetime import UTC, datetime, timedelta
from typing import Any

CLUSTER = {"Name": "ClusterName", "Value": "ecs-cluster"}
SERVICE = {"Name": "ServiceName", "Value": "worker"}


def test_a_metric_is_found_whatever_the_order_of_its_dimensions(clients: Any) -> None:
    cloudwatch = clients("cloudwatch")
    data = {"MetricName": "Tasks", "Value": 3, "Dimensions": [CLUSTER, SERVICE]}
    cloudwatch.put_metric_data(Namespace="Order", MetricData=[data])
    now = datetime.now(UTC)
    for dimensions in ([CLUSTER, SERVICE], [SERVICE, CLUSTER]):
        metric = {"Namespace": "Order", "MetricName": "Tasks", "Dimensions": dimensions}
        (answer,) = cloudwatch.get_metric_data(
            StartTime=now - timedelta(seconds=60),
            EndTime=now + timedelta(seconds=5),
            MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": metric, "Period": 120, "Stat": "Maximum"}}],
        )["MetricDataResults"]
        assert answer["Values"] == [3]
