"""What CloudWatch writes about an alarm that has changed its state (user guide, "Alarm notifications")."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from streamflix_cli.local.scaling.alarm import Alarm, State

SUBJECT_CHARACTERS = 100
"""SNS takes no longer subject (API reference, Publish)."""
WORDS = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanOrEqualToThreshold": "less than or equal to",
    "LessThanThreshold": "less than",
}


@dataclass(frozen=True)
class Change:
    """An alarm that changes its state.

    Attributes:
        alarm: With the state that it had.
        state: Its new one.
        values: Of the last periods, oldest first, NaN where there were no data.
        at: When.
    """

    alarm: Alarm
    state: State
    values: Sequence[float]
    at: datetime

    @property
    def reason(self) -> str:
        """Why, in a sentence."""
        present = [value for value in self.values if not math.isnan(value)]
        if not present:
            return f"Threshold Crossed: no datapoints were received for {len(self.values)} periods; {self._treatment}."
        breaching = [value for value in present if self.alarm.compare(value, self.alarm.threshold)]
        shown, verb = (breaching, "") if self.state == "ALARM" and breaching else (present, "not ")
        words = WORDS[self.alarm.description["ComparisonOperator"]]
        return (
            f"Threshold Crossed: {len(shown)} out of the last {len(self.values)} datapoints {shown} "
            f"{'was' if len(shown) == 1 else 'were'} {verb}{words} the threshold ({self.alarm.threshold})."
        )

    @property
    def reason_data(self) -> str:
        """The same as JSON."""
        return json.dumps(
            {
                "version": "1.0",
                "queryDate": _time(self.at),
                "period": self.alarm.formula.period_seconds,
                "recentDatapoints": [value for value in self.values if not math.isnan(value)],
                "threshold": self.alarm.threshold,
            }
        )

    @property
    def subject(self) -> str:
        """Of the message to a topic."""
        region = self.alarm.description["AlarmArn"].split(":")[3]
        return f'{self.state}: "{self.alarm.name}" in {region}'[:SUBJECT_CHARACTERS]

    @property
    def message(self) -> str:
        """The message to a topic, as JSON."""
        about = self.alarm.description
        arn = about["AlarmArn"].split(":")
        return json.dumps(
            {
                "AlarmName": self.alarm.name,
                "AlarmDescription": about.get("AlarmDescription"),
                "AWSAccountId": arn[4],
                "AlarmConfigurationUpdatedTimestamp": _time(about["AlarmConfigurationUpdatedTimestamp"]),
                "NewStateValue": self.state,
                "NewStateReason": self.reason,
                "StateChangeTime": _time(self.at),
                "Region": arn[3],
                "AlarmArn": about["AlarmArn"],
                "OldStateValue": self.alarm.state,
                "OKActions": about.get("OKActions", []),
                "AlarmActions": about.get("AlarmActions", []),
                "InsufficientDataActions": about.get("InsufficientDataActions", []),
                "Trigger": self._trigger(),
            }
        )

    @property
    def _treatment(self) -> str:
        return f"missing data are treated as [{self.alarm.missing}]"

    def _trigger(self) -> dict[str, Any]:
        about = self.alarm.description
        trigger: dict[str, Any] = {
            "Period": self.alarm.formula.period_seconds,
            "EvaluationPeriods": self.alarm.periods,
            "DatapointsToAlarm": self.alarm.breaches,
            "ComparisonOperator": about["ComparisonOperator"],
            "Threshold": self.alarm.threshold,
            "TreatMissingData": self.alarm.missing,
            "EvaluateLowSampleCountPercentile": "",
        }
        if about.get("Metrics"):
            return {**trigger, "Metrics": about["Metrics"]}
        return {
            **trigger,
            "MetricName": about["MetricName"],
            "Namespace": about["Namespace"],
            "StatisticType": "Statistic",
            "Statistic": about["Statistic"].upper(),
            "Unit": about.get("Unit"),
            "Dimensions": [{"name": one["Name"], "value": one["Value"]} for one in about.get("Dimensions", [])],
        }


def _time(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "+0000")
