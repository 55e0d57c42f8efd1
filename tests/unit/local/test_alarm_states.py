"""Which state follows from what an alarm sees."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from streamflix_cli.local.scaling.alarm import Alarm, State
from streamflix_cli.local.scaling.metric_math import MISSING

BREACH, FINE = 2.0, 0.0


def alarm(*, periods: int = 3, breaches: int | None = None, missing: str = "notBreaching", state: str = "OK") -> Alarm:
    description: dict[str, Any] = {
        "AlarmName": "a",
        "StateValue": state,
        "Namespace": "N",
        "MetricName": "m",
        "Statistic": "Sum",
        "Period": 60,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 1.0,
        "EvaluationPeriods": periods,
        "TreatMissingData": missing,
        **({"DatapointsToAlarm": breaches} if breaches else {}),
    }
    made = Alarm.of(description)
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("values", "missing", "expected"),
    [
        ([BREACH, BREACH, BREACH], "missing", "ALARM"),
        ([BREACH, FINE, BREACH], "missing", "OK"),
        ([MISSING, MISSING, MISSING], "missing", "INSUFFICIENT_DATA"),
        ([MISSING, MISSING, MISSING], "breaching", "ALARM"),
        ([MISSING, MISSING, MISSING], "notBreaching", "OK"),
        ([MISSING, MISSING, MISSING], "ignore", "ALARM"),
        ([BREACH, MISSING, BREACH], "breaching", "ALARM"),
        ([BREACH, MISSING, BREACH], "notBreaching", "OK"),
        ([BREACH, MISSING, BREACH], "ignore", "ALARM"),
        ([FINE, MISSING, BREACH], "ignore", "OK"),
        ([FINE, MISSING, MISSING], "breaching", "OK"),
        ([1.0, 1.0, 1.0], "missing", "OK"),
    ],
)
def test_three_of_three_periods(values: list[float], missing: str, expected: State) -> None:
    assert alarm(missing=missing, state="ALARM").judge(values) == expected


@given(
    st.lists(st.sampled_from([BREACH, FINE, MISSING]), min_size=1, max_size=5),
    st.integers(1, 5),
    st.sampled_from(["breaching", "notBreaching", "ignore", "missing"]),
)
def test_m_of_n_breaching_periods_are_an_alarm_whatever_is_missing(
    values: list[float], breaches: int, missing: str
) -> None:
    breaches = min(breaches, len(values))
    judged = alarm(periods=len(values), breaches=breaches, missing=missing).judge(values)
    if values.count(BREACH) >= breaches:
        assert judged == "ALARM"
    if values.count(FINE) > len(values) - breaches:
        assert judged == "OK"


def test_an_alarm_on_an_anomaly_or_a_percentile_is_left_alone() -> None:
    known = dict(alarm().description)
    assert Alarm.of({**known, "ComparisonOperator": "LessThanLowerOrGreaterThanUpperThreshold"}) is None
    assert Alarm.of({**known, "ExtendedStatistic": "p99"}) is None


def test_disabled_actions_are_none() -> None:
    enabled = Alarm.of({**alarm().description, "AlarmActions": ["arn:x"]})
    disabled = Alarm.of({**alarm().description, "AlarmActions": ["arn:x"], "ActionsEnabled": False})
    assert enabled is not None
    assert disabled is not None
    assert (enabled.actions("ALARM"), enabled.actions("OK"), disabled.actions("ALARM")) == (("arn:x",), (), ())
