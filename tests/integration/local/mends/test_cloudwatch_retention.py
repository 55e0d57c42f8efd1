from datetime import UTC, datetime, timedelta
from typing import Any


def test_data_of_more_than_three_hours_ago_is_forgotten(clients: Any) -> None:
    cloudwatch = clients("cloudwatch", "eu-north-1")
    now = datetime.now(UTC)
    for hours in (4, 2, 0):
        data = {"MetricName": "Hours", "Value": hours, "Timestamp": now - timedelta(hours=hours)}
        cloudwatch.put_metric_data(Namespace="Retention", MetricData=[data])
    points = cloudwatch.get_metric_statistics(
        Namespace="Retention",
        MetricName="Hours",
        StartTime=now - timedelta(hours=5),
        EndTime=now + timedelta(seconds=5),
        Period=60,
        Statistics=["Maximum"],
    )["Datapoints"]
    assert sorted(point["Maximum"] for point in points) == [0, 2]
