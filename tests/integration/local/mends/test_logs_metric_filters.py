import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest


@pytest.fixture
def group(clients: Any, request: pytest.FixtureRequest) -> str:
    name = f"group-{abs(hash(request.node.name))}"
    logs = clients("logs")
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="s")
    return name


def put_filter(logs: Any, group: str, pattern: str) -> None:
    transformation = {"metricName": "Errors", "metricNamespace": group, "metricValue": "1", "defaultValue": 0}
    logs.put_metric_filter(
        logGroupName=group, filterName="errors", filterPattern=pattern, metricTransformations=[transformation]
    )


def values(cloudwatch: Any, namespace: str) -> list[float]:
    now = datetime.now(UTC)
    points = cloudwatch.get_metric_statistics(
        Namespace=namespace,
        MetricName="Errors",
        StartTime=now - timedelta(seconds=60),
        EndTime=now + timedelta(seconds=5),
        Period=60,
        Statistics=["Sum", "SampleCount"],
    )["Datapoints"]
    return [points[0]["Sum"], points[0]["SampleCount"]] if points else []


def test_events_that_match_count(clients: Any, group: str) -> None:
    logs, cloudwatch = clients("logs"), clients("cloudwatch")
    put_filter(logs, group, '{ $.level = "ERROR" }')

    def log(*messages: str) -> None:
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": message} for message in messages]
        logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=events)

    error, info = json.dumps({"level": "ERROR"}), json.dumps({"level": "INFO"})
    log(error, info, "ERROR, but no JSON", error)
    assert values(cloudwatch, group) == [2, 1]
    log(info)
    assert values(cloudwatch, group) == [2, 2], "the default value is a datum too"


def test_a_changed_filter_replaces_its_former_self(clients: Any, group: str) -> None:
    logs = clients("logs")
    for level in ("ERROR", "FATAL"):
        put_filter(logs, group, f'{{ $.level = "{level}" }}')
    (found,) = logs.describe_metric_filters(logGroupName=group)["metricFilters"]
    assert "FATAL" in found["filterPattern"]
