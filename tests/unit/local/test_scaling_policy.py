"""Which capacity a scaling policy wants."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from streamflix_cli.local.scaling.policy import Bounds, Cooldown, adjusted, step_for, tracked

IDLE = (1, 2, 4, 8)


def idle_steps() -> list[dict[str, Any]]:
    """As the workers' scale-in policy has them: one idle task is the threshold."""
    return [
        {
            "MetricIntervalLowerBound": idle - 1,
            "ScalingAdjustment": -idle,
            **({"MetricIntervalUpperBound": following - 1} if following else {}),
        }
        for idle, following in zip(IDLE, (*IDLE[1:], None), strict=True)
    ]


@given(st.floats(0, 1000))
def test_never_more_idle_tasks_end_than_there_are(distance: float) -> None:
    step = step_for(idle_steps(), distance)
    assert step is not None
    assert -step <= distance + 1
    assert all(not (-step < idle <= distance + 1) for idle in IDLE), "and no larger step fits"


@pytest.mark.parametrize(
    ("distance", "expected"), [(-20.0, -2), (-10.0, -2), (-9.9, -1), (-0.1, -1), (0.0, 1), (9.9, 1), (10.0, 2)]
)
def test_the_bound_nearer_to_the_threshold_belongs_to_a_step(distance: float, expected: int) -> None:
    steps = [
        {"MetricIntervalUpperBound": -10, "ScalingAdjustment": -2},
        {"MetricIntervalLowerBound": -10, "MetricIntervalUpperBound": 0, "ScalingAdjustment": -1},
        {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 1},
        {"MetricIntervalLowerBound": 10, "ScalingAdjustment": 2},
    ]
    assert step_for(steps, distance) == expected
    assert step_for(steps[:1], 5) is None


@pytest.mark.parametrize(
    ("kind", "adjustment", "more", "expected"),
    [
        ("ChangeInCapacity", 3, {}, 13),
        ("ChangeInCapacity", -3, {}, 7),
        ("ExactCapacity", 4, {}, 4),
        ("PercentChangeInCapacity", 25, {}, 12),
        ("PercentChangeInCapacity", -25, {}, 8),
        ("PercentChangeInCapacity", 1, {}, 11),
        ("PercentChangeInCapacity", -1, {}, 9),
        ("PercentChangeInCapacity", 10, {"MinAdjustmentMagnitude": 5}, 15),
    ],
)
def test_adjustments(kind: str, adjustment: int, more: dict[str, int], expected: int) -> None:
    assert adjusted({"AdjustmentType": kind, **more}, adjustment, 10) == expected


@given(st.integers(0, 100), st.integers(1, 20), st.integers(1, 20), st.integers(1, 8))
def test_tracking_wants_as_many_tasks_as_bring_the_backlog_to_its_target(
    backlog: int, running: int, desired: int, target: int
) -> None:
    desired = max(desired, running)
    wanted = tracked([backlog / running] * 3, target=target, base=running, current=desired)
    if backlog / running > target:
        assert wanted == max(desired, -(-backlog // target))
    else:
        assert wanted <= desired


def test_tracking_waits_until_every_period_agrees() -> None:
    assert tracked([9, 9, 1], target=2, base=1, current=1) == 1
    assert tracked([9, 9, 9], target=2, base=1, current=1) == 5
    assert tracked([1, 1, 1.9], target=2, base=4, current=4) == 4
    assert tracked([1, 1, 1], target=2, base=4, current=4) == 2


@given(st.integers(-5, 50), st.integers(0, 20))
def test_capacity_stays_in_its_bounds(wanted: int, current: int) -> None:
    bounds = Bounds(2, 10)
    assert 2 <= bounds.admit(wanted, current) <= 10
    assert Bounds(2, 10, out_suspended=True).admit(50, current) <= max(current, 10)
    assert Bounds(2, 10, in_suspended=True).admit(-5, current) >= current


def test_while_a_scale_out_cools_down_only_a_larger_one_goes_beyond_it() -> None:
    cooldown = Cooldown()
    cooldown.note(3, 1, now=0, seconds=60)
    assert [cooldown.base(3, now) + 2 for now in (1, 59, 60)] == [3, 3, 5]
    assert not cooldown.admits(cooldown.base(3, 1) + 2, 3, now=1)
    assert cooldown.admits(cooldown.base(3, 1) + 4, 3, now=1)


def test_a_scale_in_cools_down_unless_a_scale_out_comes_between() -> None:
    cooldown = Cooldown()
    cooldown.note(4, 5, now=0, seconds=60)
    assert [cooldown.admits(3, 4, now) for now in (1, 59, 60)] == [False, False, True]
    assert cooldown.admits(5, 4, now=1)
    cooldown.note(5, 4, now=1, seconds=60)
    assert cooldown.admits(4, 5, now=2)


@given(st.lists(st.tuples(st.floats(0.1, 30), st.booleans()), min_size=2, max_size=40))
def test_scale_outs_of_a_policy_are_a_cooldown_apart(alarms: list[tuple[float, bool]]) -> None:
    cooldown, capacity, now = Cooldown(), 0, 0.0
    grown: list[float] = []
    for passed, breaching in alarms:
        now += passed
        wanted = cooldown.base(capacity, now) + 1
        if breaching and cooldown.admits(wanted, capacity, now):
            cooldown.note(wanted, capacity, now, seconds=60)
            capacity = wanted
            grown.append(now)
    assert all(later - earlier >= 60 - 1e-6 for earlier, later in pairwise(grown))
