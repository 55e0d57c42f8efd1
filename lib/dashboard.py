"""The dashboard: one screen from the stream to the database."""

import json
from collections.abc import Sequence
from typing import Any

from lib.database import Database
from lib.ingestion import Ingestion
from lib.place import Place
from lib.processing import Processing
from lib.queue import Queue

WIDTH = 8
HEIGHT = 6
COLUMNS = 3
"""Widgets in a row: a dashboard is 24 units wide."""


def dashboard_body(
    *,
    place: Place,
    environment: str,
    alarm_arns: Sequence[str],
    ingestion: Ingestion,
    jobs: Queue,
    processing: Processing,
    database: Database,
    worker_errors: str,
) -> str:
    """The dashboard's JSON (CloudWatch, "Dashboard body structure and syntax")."""
    stream = ("StreamName", ingestion.stream_name)
    pipe = ("PipeName", ingestion.pipe_name)
    queue = ("QueueName", jobs.name)
    cluster = ("DBClusterIdentifier", database.cluster_identifier)
    service = ["ClusterName", processing.cluster_name, "ServiceName", processing.service_name]
    graphs: list[tuple[str, list[list[Any]]]] = [
        (
            "Stream: submissions and their wait",
            [
                ["AWS/Kinesis", "IncomingRecords", *stream, {"stat": "Sum"}],
                ["AWS/Kinesis", "IncomingBytes", *stream, {"stat": "Sum", "yAxis": "right"}],
                ["AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", *stream, {"stat": "Maximum"}],
                ["AWS/Kinesis", "WriteProvisionedThroughputExceeded", *stream, {"stat": "Sum"}],
            ],
        ),
        (
            "Pipe: delivered and failed",
            [
                ["AWS/EventBridge/Pipes", "Invocations", *pipe, {"stat": "Sum"}],
                ["AWS/EventBridge/Pipes", "ExecutionFailed", *pipe, {"stat": "Sum"}],
                ["AWS/EventBridge/Pipes", "ExecutionThrottled", *pipe, {"stat": "Sum"}],
            ],
        ),
        (
            "Jobs queue",
            [
                ["AWS/SQS", "ApproximateNumberOfMessagesVisible", *queue, {"stat": "Maximum"}],
                ["AWS/SQS", "ApproximateNumberOfMessagesNotVisible", *queue, {"stat": "Maximum"}],
                ["AWS/SQS", "ApproximateNumberOfMessagesDelayed", *queue, {"stat": "Maximum"}],
                ["AWS/SQS", "ApproximateAgeOfOldestMessage", *queue, {"stat": "Maximum", "yAxis": "right"}],
            ],
        ),
        (
            "Workers",
            [
                ["ECS/ContainerInsights", "DesiredTaskCount", *service, {"stat": "Average"}],
                ["ECS/ContainerInsights", "RunningTaskCount", *service, {"stat": "Average"}],
                [processing.metrics_namespace, worker_errors, {"stat": "Sum", "yAxis": "right"}],
            ],
        ),
        (
            "Workers: CPU, memory and scratch space",
            [
                ["AWS/ECS", "CPUUtilization", *service, {"stat": "Average"}],
                ["AWS/ECS", "MemoryUtilization", *service, {"stat": "Average"}],
                [
                    "ECS/ContainerInsights",
                    "EphemeralStorageUtilized",
                    *service,
                    {"stat": "Maximum", "yAxis": "right"},
                ],
            ],
        ),
        (
            "Database",
            [
                ["AWS/RDS", "ServerlessDatabaseCapacity", *cluster, {"stat": "Average"}],
                ["AWS/RDS", "ACUUtilization", *cluster, {"stat": "Average", "yAxis": "right"}],
                ["AWS/RDS", "CPUUtilization", *cluster, {"stat": "Average", "yAxis": "right"}],
                ["AWS/RDS", "DatabaseConnections", *cluster, {"stat": "Maximum"}],
            ],
        ),
    ]
    if jobs.dead_letter is not None:
        graphs[2][1].append(
            [
                "AWS/SQS",
                "ApproximateNumberOfMessagesVisible",
                "QueueName",
                jobs.dead_letter.name,
                {"stat": "Maximum", "label": "Dead letters"},
            ]
        )
    widgets: list[dict[str, Any]] = [
        {
            "type": "alarm",
            "x": 0,
            "y": 0,
            "width": 24,
            "height": 4,
            "properties": {"title": f"StreamFlix {environment}: alarms", "alarms": list(alarm_arns)},
        }
    ]
    widgets += [
        {
            "type": "metric",
            "x": WIDTH * (position % COLUMNS),
            "y": 4 + HEIGHT * (position // COLUMNS),
            "width": WIDTH,
            "height": HEIGHT,
            "properties": {
                "title": title,
                "region": place.region,
                "view": "timeSeries",
                "period": 60,
                "metrics": metrics,
            },
        }
        for position, (title, metrics) in enumerate(graphs)
    ]
    widgets.append(
        {
            "type": "log",
            "x": 0,
            "y": 4 + HEIGHT * 2,
            "width": 24,
            "height": HEIGHT,
            "properties": {
                "title": "Latest errors",
                "region": place.region,
                "view": "table",
                "query": " | ".join(
                    [
                        *(f"SOURCE '{task.log_group_name}'" for task in processing.tasks),
                        "fields @timestamp, @message",
                        "filter level = 'ERROR'",
                        "sort @timestamp desc",
                        "limit 50",
                    ]
                ),
            },
        }
    )
    return json.dumps({"widgets": widgets})
