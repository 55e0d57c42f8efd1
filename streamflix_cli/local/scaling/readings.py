"""Reads metrics from CloudWatch: the last periods up to this moment, not up to the last full minute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from streamflix_cli.local.part import Client
from streamflix_cli.local.scaling.metric_math import MISSING
from streamflix_cli.local.scaling.queries import Formula, Metric


@dataclass(frozen=True)
class Window:
    """The last periods of a formula.

    Attributes:
        formula: What is looked at.
        period_seconds: Length of a period here, which may be shorter than the formula's own.
        periods: How many.
    """

    formula: Formula
    period_seconds: int
    periods: int


Readings = Mapping[int, Sequence[Mapping[Metric, float]]]
"""By length of a period in seconds: the values in each of the last periods, oldest first."""


def read(cloudwatch: Client, windows: Sequence[Window], now: datetime) -> Readings:
    """Reads all metrics of all windows, with one call for each length of a period.

    Args:
        cloudwatch: Client of CloudWatch.
        windows: What is needed.
        now: The end of the last period; what comes in this very second belongs to it.
    """
    end = now.replace(microsecond=0) + timedelta(seconds=1)
    readings = {}
    for period in {window.period_seconds for window in windows}:
        some = [window for window in windows if window.period_seconds == period]
        metrics = list({metric for window in some for metric in window.formula.metrics.values()})
        count = max(window.periods for window in some)
        start = end - timedelta(seconds=period * count)
        values: list[dict[Metric, float]] = [{} for _ in range(count)]
        queries = [_query(f"m{index}", metric, period) for index, metric in enumerate(metrics)]
        pages = cloudwatch.get_paginator("get_metric_data").paginate(
            StartTime=start, EndTime=end, MetricDataQueries=queries
        )
        for result in (result for page in pages for result in page["MetricDataResults"]):
            metric = metrics[int(result["Id"][1:])]
            for timestamp, value in zip(result["Timestamps"], result["Values"], strict=True):
                values[int((timestamp - start).total_seconds() // period)][metric] = value
        readings[period] = values
    return readings


def values_of(window: Window, readings: Readings) -> list[float]:
    """The values of a window's formula, oldest first, NaN where one is missing.

    Raises:
        UnknownMathError: The formula is not understood.
    """
    last = readings.get(window.period_seconds, ())[-window.periods :]
    missing = [MISSING] * (window.periods - len(last))
    return missing + [window.formula.value(period) for period in last]


def _query(id_: str, metric: Metric, period: int) -> dict[str, Any]:
    return {
        "Id": id_,
        "MetricStat": {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
            },
            "Period": period,
            "Stat": metric.statistic,
        },
    }
