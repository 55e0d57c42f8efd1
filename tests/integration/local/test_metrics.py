"""The metric publisher against a control plane: what queues and services publish, as alarms read it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from streamflix_cli.local.metrics.sources import service_metrics
from streamflix_cli.local.part import client
from tests.integration.local.parts import REGION, RunningPart, eventually


@pytest.fixture(scope="module", autouse=True)
def publisher(mended_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    part = RunningPart("metrics", tmp_path_factory.mktemp("cloud"), mended_endpoint)
    yield
    assert part.terminate() == 0


def latest(cloudwatch: Any, metric: str, queue: str) -> float | None:
    now = datetime.now(UTC)
    dimensions = [{"Name": "QueueName", "Value": queue}]
    (answer,) = cloudwatch.get_metric_data(
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(seconds=5),
        ScanBy="TimestampDescending",
        MetricDataQueries=[
            {
                "Id": "m",
                "MetricStat": {
                    "Metric": {"Namespace": "AWS/SQS", "MetricName": metric, "Dimensions": dimensions},
                    "Period": 1,
                    "Stat": "Maximum",
                },
            }
        ],
    )["MetricDataResults"]
    return answer["Values"][0] if answer["Values"] else None


def test_a_queue_tells_what_waits_what_is_worked_on_and_what_is_delayed(mended_endpoint: str) -> None:
    sqs = client("sqs", endpoint=mended_endpoint, region=REGION)
    cloudwatch = client("cloudwatch", endpoint=mended_endpoint, region=REGION)
    url = sqs.create_queue(QueueName="measured")["QueueUrl"]

    def counts() -> list[float | None]:
        return [
            latest(cloudwatch, f"ApproximateNumberOfMessages{state}", "measured")
            for state in ("Visible", "NotVisible", "Delayed")
        ]

    eventually(lambda: counts() == [0, 0, 0])
    for _ in range(3):
        sqs.send_message(QueueUrl=url, MessageBody="m")
    sqs.send_message(QueueUrl=url, MessageBody="m", DelaySeconds=900)
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    eventually(lambda: counts() == [2, 1, 1], 10)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    eventually(lambda: counts() == [2, 0, 1], 10)


class Ecs:
    """Stands for ECS with one service: no part of the local cloud runs tasks in this test."""

    def __init__(self, *, insights: str, running: int) -> None:
        self._insights = insights
        self._running = running

    def get_paginator(self, operation: str) -> Any:
        pages: dict[str, Any] = {"list_clusters": {"clusterArns": ["c"]}, "list_services": {"serviceArns": ["s"]}}
        return type("Pages", (), {"paginate": lambda _, **__: [pages[operation]]})()

    def describe_clusters(self, **_: Any) -> Any:
        settings = [{"name": "containerInsights", "value": self._insights}]
        return {"clusters": [{"clusterName": "c", "status": "ACTIVE", "settings": settings}]}

    def describe_services(self, **_: Any) -> Any:
        counts = {"runningCount": self._running, "desiredCount": 3, "pendingCount": 1}
        return {"services": [{"serviceName": "worker", **counts}]}


@pytest.mark.parametrize(
    ("insights", "running", "expected"),
    [("enabled", 2, [1, 2, 3]), ("enhanced", 2, [1, 2, 3]), ("disabled", 2, []), ("enabled", 0, [])],
)
def test_a_service_has_metrics_while_a_task_runs_and_insights_are_on(
    insights: str, running: int, expected: list[float]
) -> None:
    assert sorted(service_metrics(Ecs(insights=insights, running=running)).values()) == expected
