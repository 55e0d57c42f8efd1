"""CloudWatch alarms, each made by the construct that it watches; monitoring gives them their topic."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lib.cdk import (
    CloudwatchMetricAlarm,
    CloudwatchMetricAlarmMetricQuery as AlarmQuery,
    CloudwatchMetricAlarmMetricQueryMetric as AlarmMetric,
    Construct,
)
from lib.naming import Naming
from lib.tags import data_class

Comparison = Literal["GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold"]
MissingData = Literal["breaching", "notBreaching", "ignore", "missing"]

RUNBOOK = "lib/README.md"
"""Has a heading for each alarm, named after its subject."""


def metric_alarm(
    scope: Construct,
    subject: str,
    *,
    naming: Naming,
    description: str,
    namespace: str,
    metric: str,
    dimensions: Mapping[str, str],
    statistic: Literal["Average", "Maximum", "Minimum", "Sum"],
    threshold: float,
    comparison: Comparison = "GreaterThanThreshold",
    period_seconds: int = 60,
    evaluation_periods: int = 1,
    missing_data: MissingData = "notBreaching",
) -> CloudwatchMetricAlarm:
    """An alarm on one metric; its actions are set by monitoring.

    Args:
        scope: The construct that owns the alarm.
        subject: What is watched, as `oldest-message`: part of the alarm's name and of the runbook's heading.
        naming: Names of the environment.
        description: What it means and what to do first, in a sentence or two.
        namespace: CloudWatch namespace, as `AWS/SQS`.
        metric: Metric name.
        dimensions: Metric dimensions.
        statistic: Statistic over a period.
        threshold: Value compared with.
        comparison: How.
        period_seconds: Length of a period.
        evaluation_periods: Periods in a row that must breach.
        missing_data: What a period without data counts as.
    """
    return CloudwatchMetricAlarm(
        scope,
        f"alarm-{subject}",
        alarm_name=naming.alarm(subject),
        alarm_description=_with_runbook(description, subject),
        namespace=namespace,
        metric_name=metric,
        dimensions=dict(dimensions),
        statistic=statistic,
        threshold=threshold,
        comparison_operator=comparison,
        period=period_seconds,
        evaluation_periods=evaluation_periods,
        treat_missing_data=missing_data,
        tags=data_class("internal"),
    )


@dataclass(frozen=True)
class Metric:
    """One metric of an expression.

    Args:
        namespace: CloudWatch namespace.
        name: Metric name.
        dimensions: Metric dimensions.
        statistic: Statistic over a minute.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: Literal["Average", "Maximum", "Minimum", "Sum"] = "Maximum"


def expression_alarm(
    scope: Construct,
    subject: str,
    *,
    naming: Naming,
    description: str,
    expression: str,
    label: str,
    metrics: Mapping[str, Metric],
    threshold: float,
    comparison: Comparison = "GreaterThanOrEqualToThreshold",
    evaluation_periods: int = 1,
    missing_data: MissingData = "notBreaching",
) -> CloudwatchMetricAlarm:
    """An alarm on metric math over metrics of one minute; its actions are set by whoever acts on it.

    Args:
        scope: The construct that owns the alarm.
        subject: What is watched, as for `metric_alarm`.
        naming: Names of the environment.
        description: What it means.
        expression: Metric math over the ids in `metrics`.
        label: What the expression's value is.
        metrics: The metrics by their ids in the expression.
        threshold: Value compared with.
        comparison: How.
        evaluation_periods: Minutes in a row that must breach.
        missing_data: What a minute without data counts as.
    """
    queries = [
        AlarmQuery(
            id=id_,
            metric=AlarmMetric(
                namespace=metric.namespace,
                metric_name=metric.name,
                dimensions=dict(metric.dimensions),
                period=60,
                stat=metric.statistic,
            ),
        )
        for id_, metric in metrics.items()
    ]
    return CloudwatchMetricAlarm(
        scope,
        f"alarm-{subject}",
        alarm_name=naming.alarm(subject),
        alarm_description=_with_runbook(description, subject),
        metric_query=[*queries, AlarmQuery(id="value", expression=expression, label=label, return_data=True)],
        threshold=threshold,
        comparison_operator=comparison,
        evaluation_periods=evaluation_periods,
        treat_missing_data=missing_data,
        tags=data_class("internal"),
    )


def _with_runbook(description: str, subject: str) -> str:
    return f"{description} Runbook: {RUNBOOK}#{subject}"
