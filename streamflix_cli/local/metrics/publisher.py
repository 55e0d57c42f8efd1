"""Publishes metrics sparingly: the control plane keeps each datum in memory for hours."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from streamflix_cli.local.metrics.sources import Series
from streamflix_cli.local.part import Client

REPEAT_SECONDS = 15.0
"""An unchanged value is published this often: four points a minute, where AWS has one."""


class Changes:
    """Tells which values are to be published: changed ones, and unchanged ones now and then.

    Args:
        repeat_seconds: After so long an unchanged value is published again.
    """

    def __init__(self, repeat_seconds: float = REPEAT_SECONDS) -> None:
        self._repeat_seconds = repeat_seconds
        self._published: dict[Series, tuple[float, float]] = {}

    def due(self, values: Mapping[Series, float], now: float) -> dict[Series, float]:
        """Those of the present values that are due at `now`, in seconds; they count as published."""
        due = {series: value for series, value in values.items() if self._is_due(series, value, now)}
        # A series that is gone is new when it comes back.
        self._published = {series: known for series, known in self._published.items() if series in values}
        self._published.update({series: (value, now) for series, value in due.items()})
        return due

    def _is_due(self, series: Series, value: float, now: float) -> bool:
        known = self._published.get(series)
        return known is None or known[0] != value or now - known[1] >= self._repeat_seconds


def publish(cloudwatch: Client, values: Mapping[Series, float]) -> None:
    """Puts values into CloudWatch, one call a namespace."""
    data: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for (namespace, metric, dimensions), value in values.items():
        named = [{"Name": name, "Value": subject} for name, subject in dimensions]
        data[namespace].append({"MetricName": metric, "Dimensions": named, "Value": value})
    for namespace, metrics in data.items():
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=metrics)
