"""What an alarm watches and which state follows from what it sees. Knows no AWS but its descriptions."""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from streamflix_cli.local.scaling.queries import Formula

State = Literal["ALARM", "INSUFFICIENT_DATA", "OK"]

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}
ACTIONS: Mapping[State, str] = {
    "ALARM": "AlarmActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
    "OK": "OKActions",
}


@dataclass(frozen=True)
class Alarm:
    """A metric alarm.

    Attributes:
        description: As DescribeAlarms returns it.
        formula: What it watches.
        periods: How many periods it looks back.
        breaches: How many of them must breach for an alarm.
        compare: Whether a value breaches a threshold.
        threshold: That threshold.
        missing: What a period without data counts as.
    """

    description: Mapping[str, Any]
    formula: Formula
    periods: int
    breaches: int
    compare: Callable[[float, float], bool]
    threshold: float
    missing: str

    @classmethod
    def of(cls, alarm: Mapping[str, Any]) -> "Alarm | None":
        """From DescribeAlarms; None for a kind of alarm that is not evaluated here."""
        compare = COMPARISONS.get(alarm["ComparisonOperator"])
        if compare is None or "ExtendedStatistic" in alarm:
            return None
        if alarm.get("Metrics"):
            formula = Formula.of_queries(alarm["Metrics"])
        else:
            formula = Formula.single(alarm, alarm["Statistic"], alarm["Period"])
        periods = alarm["EvaluationPeriods"]
        return cls(
            description=alarm,
            formula=formula,
            periods=periods,
            breaches=alarm.get("DatapointsToAlarm") or periods,
            compare=compare,
            threshold=alarm["Threshold"],
            missing=alarm.get("TreatMissingData") or "missing",
        )

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.description["AlarmName"])

    @property
    def state(self) -> State:
        """The state it was last set to."""
        state: State = self.description["StateValue"]
        return state

    def actions(self, state: State) -> tuple[str, ...]:
        """ARNs of the actions of a state; none while they are disabled."""
        if not self.description.get("ActionsEnabled", True):
            return ()
        return tuple(self.description.get(ACTIONS[state], ()))

    def judge(self, values: Sequence[float]) -> State:
        """The state that follows from the values of the last periods (NaN: no data) and the present state."""
        present = [value for value in values if not math.isnan(value)]
        absent = len(values) - len(present)
        breaching = sum(self.compare(value, self.threshold) for value in present)
        if breaching + (absent if self.missing == "breaching" else 0) >= self.breaches:
            return "ALARM"
        if self.missing == "missing" and not present:
            return "INSUFFICIENT_DATA"
        if self.missing == "ignore" and breaching + absent >= self.breaches:
            # What is missing could make the difference.
            return self.state
        return "OK"
