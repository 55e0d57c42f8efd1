"""What pipes tell CloudWatch: metrics of pipes and their streams, and the log of failures."""

import json
import threading
import time
import uuid
from collections import defaultdict
from typing import Any, Literal

from botocore.exceptions import ClientError

from streamflix_cli.local.part import Client

PIPES = "AWS/EventBridge/Pipes"
KINESIS = "AWS/Kinesis"
Failure = Literal["ExecutionFailed", "ExecutionPartiallyFailed"]

Series = tuple[str, str, str, str]
"""Namespace, dimension, its value, metric."""


class Metrics:
    """Sums values up until they are published, as one statistic set a metric. Shared by all shards' threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: defaultdict[Series, list[float]] = defaultdict(list)

    def read(self, stream: str, age_seconds: float) -> None:
        """Records a GetRecords call and the age of the last record in its answer, 0 without one."""
        with self._lock:
            self._values[KINESIS, "StreamName", stream, "GetRecords.Success"].append(1)
            self._values[KINESIS, "StreamName", stream, "GetRecords.IteratorAgeMilliseconds"].append(age_seconds * 1000)

    def executed(self, pipe: str, *, events: int, failure: Failure | None) -> None:
        """Records an execution of a pipe: one try to deliver a batch."""
        values = {
            "Invocations": 1,
            "EventCount": events,
            "ExecutionFailed": failure == "ExecutionFailed",
            "ExecutionPartiallyFailed": failure == "ExecutionPartiallyFailed",
        }
        with self._lock:
            for metric, value in values.items():
                self._values[PIPES, "PipeName", pipe, metric].append(float(value))

    def publish(self, cloudwatch: Client) -> None:
        """Publishes what came up since the last time. What cannot be published is lost, as CloudWatch promises."""
        with self._lock:
            taken, self._values = self._values, defaultdict(list)
        data: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for (namespace, dimension, subject, metric), values in taken.items():
            data[namespace].append(
                {
                    "MetricName": metric,
                    "Dimensions": [{"Name": dimension, "Value": subject}],
                    "StatisticValues": {
                        "SampleCount": len(values),
                        "Sum": sum(values),
                        "Minimum": min(values),
                        "Maximum": max(values),
                    },
                }
            )
        for namespace, metrics in data.items():
            cloudwatch.put_metric_data(Namespace=namespace, MetricData=metrics)


class FailureLog:
    """The log group that a pipe's configuration names; silent where it names none or level OFF.

    Args:
        logs: Client of CloudWatch Logs.
        pipe_arn: The pipe.
        configuration: `LogConfiguration` of the pipe.
    """

    def __init__(self, logs: Client, *, pipe_arn: str, configuration: dict[str, Any]) -> None:
        self._logs = logs
        self._pipe_arn = pipe_arn
        arn = configuration.get("CloudwatchLogsLogDestination", {}).get("LogGroupArn", "")
        self._group = "" if configuration.get("Level", "OFF") == "OFF" else arn.partition(":log-group:")[2]
        self._stream = f"{pipe_arn.rpartition('/')[2]}/{uuid.uuid4()}"
        self._made = False

    def write(self, failure: Failure, *, service: str, message: str) -> None:
        """Writes an event as EventBridge does (user guide, "Pipes log schema"), without data of the execution."""
        if not self._group:
            return
        now = int(time.time() * 1000)
        entry = {
            "executionId": str(uuid.uuid4()),
            "timestamp": str(now),
            "messageType": failure,
            "resourceArn": self._pipe_arn,
            "logLevel": "ERROR",
            "error": {"message": message, "awsService": service},
        }
        try:
            if not self._made:
                self._logs.create_log_stream(logGroupName=self._group, logStreamName=self._stream)
                self._made = True
            self._logs.put_log_events(
                logGroupName=self._group,
                logStreamName=self._stream,
                logEvents=[{"timestamp": now, "message": json.dumps(entry)}],
            )
        except ClientError:
            # A log group that was deleted loses entries; the records move all the same.
            self._made = False
