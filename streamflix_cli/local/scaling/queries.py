"""Metrics and expressions over them, as alarms and scaling policies state them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from streamflix_cli.local.scaling.metric_math import MISSING, evaluate


@dataclass(frozen=True)
class Metric:
    """A metric and its statistic over a period.

    Attributes:
        statistic: `Average`, `Maximum`, `Minimum`, `SampleCount` or `Sum`.
    """

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: str

    @classmethod
    def of(cls, metric: Mapping[str, Any], statistic: str) -> "Metric":
        """From `Namespace`, `MetricName` and `Dimensions`."""
        dimensions = tuple((one["Name"], one["Value"]) for one in metric.get("Dimensions", []))
        return cls(metric["Namespace"], metric["MetricName"], dimensions, statistic)


@dataclass(frozen=True)
class Formula:
    """What is watched: one of several metrics and expressions, each of which may use the others.

    Attributes:
        metrics: By id.
        expressions: By id.
        value_id: The one whose value counts.
        period_seconds: Of all metrics.
    """

    metrics: Mapping[str, Metric]
    expressions: Mapping[str, str]
    value_id: str
    period_seconds: int

    @classmethod
    def single(cls, description: Mapping[str, Any], statistic: str, period_seconds: int) -> "Formula":
        """One metric."""
        return cls({"value": Metric.of(description, statistic)}, {}, "value", period_seconds)

    @classmethod
    def of_queries(cls, queries: Iterable[Mapping[str, Any]], *, default_period: int = 60) -> "Formula":
        """Metric data queries of an alarm or a policy."""
        metrics, expressions, value_id, period = {}, {}, "", default_period
        for query in queries:
            if "MetricStat" in query:
                stat = query["MetricStat"]
                metrics[query["Id"]] = Metric.of(stat["Metric"], stat["Stat"])
                period = int(stat.get("Period") or default_period)
            else:
                expressions[query["Id"]] = query["Expression"]
            if query.get("ReturnData", True):
                value_id = query["Id"]
        return cls(metrics, expressions, value_id, period)

    def value(self, readings: Mapping[Metric, float]) -> float:
        """The value in one period, NaN where it is missing.

        Args:
            readings: The metrics' values in that period.

        Raises:
            UnknownMathError: An expression is not understood.
        """
        values = _Values(self.expressions)
        values.update({id_: readings.get(metric, MISSING) for id_, metric in self.metrics.items()})
        return values[self.value_id]


class _Values(dict[str, float]):
    """Values by id; that of an expression is computed when it is asked for."""

    def __init__(self, expressions: Mapping[str, str]) -> None:
        super().__init__()
        self._expressions = expressions

    def __missing__(self, id_: str) -> float:
        self[id_] = evaluate(self._expressions[id_], self)
        return self[id_]
