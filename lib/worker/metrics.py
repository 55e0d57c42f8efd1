"""Metrics of the tasks, in the environment's CloudWatch namespace."""

from typing import Any, Literal

UNDECODABLE_MESSAGES = "UndecodableMessages"
OLDEST_UNLANDED = "OldestUnlandedRecordSeconds"
WEBHOOKS_GIVEN_UP = "WebhooksGivenUp"
"""Alarms read these two; see `lib.monitoring`."""


class Metrics:
    """Puts single values.

    Args:
        cloudwatch: Client.
        namespace: The only one that the task's role may write to.
    """

    def __init__(self, cloudwatch: Any, namespace: str) -> None:
        self._cloudwatch = cloudwatch
        self._namespace = namespace

    def put(self, name: str, value: float, unit: Literal["Count", "Seconds"]) -> None:
        """Puts one value without dimensions, as the alarms expect it."""
        self._cloudwatch.put_metric_data(
            Namespace=self._namespace, MetricData=[{"MetricName": name, "Value": value, "Unit": unit}]
        )
