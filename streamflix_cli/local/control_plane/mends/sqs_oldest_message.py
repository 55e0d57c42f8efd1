"""SQS publishes how old the oldest message of a queue is, which no operation tells; moto publishes nothing.

The value is made when it is asked for, and stands for the present only.
"""

from datetime import timedelta
from typing import Any

from moto.cloudwatch.models import CloudWatchBackend, MetricDatum, MetricDatumBase
from moto.core.utils import unix_time_millis, utcnow
from moto.sqs.models import Queue, sqs_backends

from streamflix_cli.local.control_plane.patch import Method

# A query that ended when it was sent finds the older one, a query of a few seconds the younger one.
AGES_OF_POINTS = (timedelta(seconds=5), timedelta(seconds=1))


def _oldest_message_seconds(queue: Queue) -> float:
    sent: list[Any] = [message.sent_timestamp for message in tuple(queue._messages) if message.sent_timestamp]
    return max(0.0, (unix_time_millis() - min(sent)) / 1000) if sent else 0.0


def _with_ages(read: Method) -> property:
    def aws_metric_data(self: CloudWatchBackend) -> list[MetricDatumBase]:
        data: list[MetricDatumBase] = read(self)
        queues = tuple(sqs_backends[self.account_id][self.region_name].queues.values())
        return data + [
            MetricDatum(
                "AWS/SQS",
                "ApproximateAgeOfOldestMessage",
                _oldest_message_seconds(queue),
                [{"Name": "QueueName", "Value": queue.name}],
                utcnow() - age,
                "Seconds",
            )
            for queue in queues
            for age in AGES_OF_POINTS
        ]

    return property(aws_metric_data)


def apply() -> None:
    """Adds the metric to those that moto makes itself."""
    read = CloudWatchBackend.aws_metric_data.fget  # type: ignore[attr-defined]
    CloudWatchBackend.aws_metric_data = _with_ages(read)  # type: ignore[method-assign, assignment]
