"""How a scaling policy finds the capacity it wants. Knows no AWS but its descriptions."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LOW_SHARE = 0.9
"""Target tracking scales in only when the metric is below this share of its target."""


@dataclass(frozen=True)
class Bounds:
    """Capacity of a scalable target: never less and never more, and which directions are suspended."""

    least: int
    most: int
    in_suspended: bool = False
    out_suspended: bool = False

    @classmethod
    def of(cls, target: Mapping[str, Any]) -> "Bounds":
        """From DescribeScalableTargets."""
        suspended = target.get("SuspendedState") or {}
        return cls(
            target["MinCapacity"],
            target["MaxCapacity"],
            in_suspended=suspended.get("DynamicScalingInSuspended", False),
            out_suspended=suspended.get("DynamicScalingOutSuspended", False),
        )

    def admit(self, wanted: int, current: int) -> int:
        """The capacity nearest to the wanted one that is allowed; the current one if it may not change."""
        admitted = min(max(wanted, self.least), self.most)
        if (admitted > current and self.out_suspended) or (admitted < current and self.in_suspended):
            return current
        return admitted


def step_for(steps: Sequence[Mapping[str, Any]], distance: float) -> int | None:
    """The adjustment of the step whose interval holds a distance, None if there is none.

    Args:
        steps: `StepAdjustments` of a policy.
        distance: The metric's value less the alarm's threshold. At and above it an interval's lower bound
            belongs to it, below it the upper one (Application Auto Scaling user guide, "Step adjustments").
    """
    for step in steps:
        lower = step.get("MetricIntervalLowerBound", -math.inf)
        upper = step.get("MetricIntervalUpperBound", math.inf)
        inside = lower <= distance < upper if distance >= 0 else lower < distance <= upper
        if inside:
            return int(step["ScalingAdjustment"])
    return None


def adjusted(configuration: Mapping[str, Any], adjustment: int, capacity: int) -> int:
    """The capacity after an adjustment of a step scaling policy."""
    kind = configuration["AdjustmentType"]
    if kind == "ExactCapacity":
        return adjustment
    if kind == "ChangeInCapacity":
        return capacity + adjustment
    exact = capacity * adjustment / 100
    # Towards zero, but never nothing at all (user guide, "Scaling adjustment types").
    change = max(math.floor(abs(exact)), 1, int(configuration.get("MinAdjustmentMagnitude", 1)))
    return capacity + (change if adjustment > 0 else -change)


def tracked(values: Sequence[float], *, target: float, base: int, current: int) -> int:
    """The capacity that target tracking wants.

    Args:
        values: Of the metric in the last periods, NaN where it is missing; the last one is the newest.
        target: Of the policy.
        base: The tasks over which the metric was measured: those that run.
        current: The capacity that is wanted already.
    """
    # Not times `current`: tasks that only start do not lower the metric yet. Rounded: 3.0000000000000004 are 3.
    proportional = math.ceil(round(base * values[-1] / target, 6))
    if all(value > target for value in values):
        return max(current, proportional)
    if all(value < LOW_SHARE * target for value in values):
        return min(current, proportional)
    return current


@dataclass
class Cooldown:
    """The last activity of a policy: when, and from which capacity.

    Scaling out while the last activity still cools down counts what that one added as part of its own change;
    scaling in waits (user guide, "How cooldown works").
    """

    out_until: float = -math.inf
    out_from: int = 0
    in_until: float = -math.inf

    def base(self, current: int, now: float) -> int:
        """The capacity from which a change is to be counted."""
        return min(self.out_from, current) if now < self.out_until else current

    def admits(self, wanted: int, current: int, now: float) -> bool:
        """Whether the policy may go from the current capacity to the wanted one."""
        return wanted > current or (wanted < current and now >= self.in_until)

    def note(self, wanted: int, current: int, now: float, *, seconds: float) -> None:
        """Notes a change that was made."""
        if wanted > current:
            self.out_from = self.base(current, now)
            self.out_until = now + seconds
            self.in_until = -math.inf
        else:
            self.in_until = now + seconds
