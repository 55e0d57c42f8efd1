"""Evaluates the deployed alarms, sets their states and does their actions."""

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from streamflix_cli.local.part import Client
from streamflix_cli.local.scaling import notification
from streamflix_cli.local.scaling.alarm import Alarm, State
from streamflix_cli.local.scaling.metric_math import UnknownMathError
from streamflix_cli.local.scaling.readings import Window, read, values_of

OF_TARGET_TRACKING = "TargetTracking-"
"""Names that Application Auto Scaling gives its own alarms. The control plane's watch a metric that is not the
policy's; such policies are evaluated by `services.py`."""
REPEAT_SECONDS = 60.0
"""A scaling action is repeated this often while its alarm stays in a state (CloudWatch user guide, "Alarm actions")."""

logger = logging.getLogger(__name__)


@dataclass
class Standing:
    """The state in which an alarm was last seen, and when its scaling actions in that state were last done."""

    state: State
    scaled_at: float = -math.inf


class Alarms:
    """Looks at all alarms, again and again.

    Args:
        cloudwatch: Client of CloudWatch.
        sns: Client of SNS.
        scale: Runs the scaling policy of an ARN; told how far the metric is from the threshold, and the time.
        time_scale: How many times faster than in AWS time passes.
    """

    def __init__(
        self, cloudwatch: Client, sns: Client, *, scale: Callable[[str, float, float], None], time_scale: float
    ) -> None:
        self._cloudwatch = cloudwatch
        self._sns = sns
        self._scale = scale
        self._time_scale = time_scale
        self._standings: dict[str, Standing] = {}
        self._not_understood: set[str] = set()

    def evaluate(self, now: float) -> None:
        """Evaluates every alarm once.

        Args:
            now: Seconds that only grow.
        """
        alarms = [
            Alarm.of(one)
            for page in self._cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm"])
            for one in page["MetricAlarms"]
            if not one["AlarmName"].startswith(OF_TARGET_TRACKING)
        ]
        windows = {alarm.name: (alarm, self._window(alarm)) for alarm in alarms if alarm}
        readings = read(self._cloudwatch, [window for _, window in windows.values()], datetime.now(UTC))
        self._standings = {name: standing for name, standing in self._standings.items() if name in windows}
        for name, (alarm, window) in windows.items():
            try:
                values = values_of(window, readings)
            except UnknownMathError as error:
                if name not in self._not_understood:
                    self._not_understood.add(name)
                    logger.warning("%s is not evaluated: %s", name, error)
                continue
            self._apply(alarm, alarm.judge(values), values, now)

    def _window(self, alarm: Alarm) -> Window:
        return Window(alarm.formula, max(1, round(alarm.formula.period_seconds / self._time_scale)), alarm.periods)

    def _apply(self, alarm: Alarm, state: State, values: Sequence[float], now: float) -> None:
        if state != alarm.state:
            logger.info("%s: %s -> %s %s", alarm.name, alarm.state, state, list(values))
            change = notification.Change(alarm, state, values, datetime.now(UTC))
            self._tell(change)
            self._cloudwatch.set_alarm_state(
                AlarmName=alarm.name,
                StateValue=state,
                StateReason=change.reason,
                StateReasonData=change.reason_data,
            )
        standing = self._standings.get(alarm.name)
        if standing is None or standing.state != state:
            standing = self._standings[alarm.name] = Standing(state)
        if now - standing.scaled_at >= REPEAT_SECONDS / self._time_scale and not math.isnan(values[-1]):
            standing.scaled_at = now
            for arn in alarm.actions(state):
                if ":scalingPolicy:" in arn:
                    self._scale(arn, values[-1] - alarm.threshold, now)

    def _tell(self, change: notification.Change) -> None:
        for arn in change.alarm.actions(change.state):
            if ":sns:" in arn:
                try:
                    self._sns.publish(TopicArn=arn, Subject=change.subject, Message=change.message)
                except ClientError as error:
                    logger.warning("%s could not tell %s: %s", change.alarm.name, arn, error)
