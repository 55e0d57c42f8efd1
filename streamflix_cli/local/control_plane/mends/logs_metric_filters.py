"""Metric filters are stored and count nothing, and a changed one is stored beside its former self.

Here those count whose pattern compares one field of a JSON event with a text, as `{ $.level = "ERROR" }`.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.logs.metric_filters import MetricFilters
from moto.logs.models import LogsBackend

from streamflix_cli.local.control_plane.patch import Method, wrap

PATTERN = re.compile(r'\{\s*\$\.(?P<field>\w+)\s*=\s*"(?P<text>[^"]*)"\s*\}')


def _replace(add: Method) -> Method:
    def add_filter(self: MetricFilters, filter_name: str, pattern: str, group: str, transformations: Any) -> None:
        self.delete_filter(filter_name, group)
        add(self, filter_name, pattern, group, transformations)

    return add_filter


def _matches(pattern: re.Match[str], message: str) -> bool:
    try:
        event = json.loads(message)
    except ValueError:
        return False
    return isinstance(event, dict) and event.get(pattern["field"]) == pattern["text"]


def _count(backend: LogsBackend, group: str, messages: Sequence[str]) -> None:
    cloudwatch = cloudwatch_backends[backend.account_id][backend.region_name]
    for metric_filter in backend.filters.get_matching_filters(log_group_name=group):
        pattern = PATTERN.fullmatch(metric_filter["filterPattern"].strip())
        if pattern is None:
            continue
        matching = sum(_matches(pattern, message) for message in messages)
        for metric in metric_filter["metricTransformations"]:
            value = matching * float(metric["metricValue"]) if matching else metric.get("defaultValue")
            if value is not None:
                data = {"MetricName": metric["metricName"], "Value": float(value)}
                cloudwatch.put_metric_data(metric["metricNamespace"], [data])


def _and_count(put: Method) -> Method:
    def put_log_events(
        self: LogsBackend, log_group_name: str, log_stream_name: str, log_events: list[dict[str, Any]]
    ) -> tuple[str, dict[str, Any]]:
        answer: tuple[str, dict[str, Any]] = put(self, log_group_name, log_stream_name, log_events)
        _count(self, log_group_name, [event["message"] for event in log_events])
        return answer

    return put_log_events


def apply() -> None:
    """Lets filters count as events come in."""
    wrap(MetricFilters, "add_filter", _replace)
    wrap(LogsBackend, "put_log_events", _and_count)
