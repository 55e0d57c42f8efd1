"""The metric publisher against a control plane: what queues and services publish, as alarms read it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from streamflix_cli.local.metrics.sources import service_metrics
from tests.integration.local.parts import RunningPart, WorkerService, client_of, eventually


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
    sqs = client_of("sqs", mended_endpoint)
    cloudwatch = client_of("cloudwatch", mended_endpoint)
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


def test_a_service_has_metrics_while_a_task_runs(mended_endpoint: str) -> None:
    service = WorkerService(mended_endpoint, "measured")

    def measured() -> list[float]:
        return sorted(value for series, value in service_metrics(service.ecs).items() if "measured" in str(series))

    service.want(2)
    assert measured() == []
    service.report("RUNNING")
    service.want(3)
    assert measured() == [1, 2, 3], "pending, running, desired"


def test_a_cluster_without_container_insights_has_no_metrics(mended_endpoint: str) -> None:
    service = WorkerService(mended_endpoint, "unmeasured", insights="disabled")
    service.want(1)
    service.report("RUNNING")
    assert service.counts() == (1, 1)
    assert not any("unmeasured" in str(series) for series in service_metrics(service.ecs))
