"""The scaling policies: their shape, and what they do with work."""

import math

import pytest

from streamflix_cli.local.scaling.metric_math import MISSING, evaluate
from tests.unit.lib.synthesis import Resource, Synthesized


@pytest.fixture(scope="module")
def policies(pipeline: Synthesized) -> dict[str, Resource]:
    return {policy["name"]: policy for policy in pipeline.all("aws_appautoscaling_policy")}


def alarm_of(pipeline: Synthesized, policy: str) -> Resource:
    reference = f"${{{pipeline.address('aws_appautoscaling_policy', name=policy)}.arn}}"
    return pipeline.one("aws_cloudwatch_metric_alarm", alarm_actions=[reference])


def value_of(alarm: Resource, **metrics: float) -> float:
    """The alarm's metric math, for values of its metrics."""
    expression = next(query["expression"] for query in alarm["metric_query"] if "expression" in query)
    return evaluate(expression, metrics)


def adjustment(policy: Resource, excess: float) -> int:
    """The capacity that a step policy adds when the alarm's metric exceeds its threshold by so much."""
    (change,) = [
        step["scaling_adjustment"]
        for step in policy["step_scaling_policy_configuration"]["step_adjustment"]
        if float(step.get("metric_interval_lower_bound", "-inf"))
        <= excess
        < float(step.get("metric_interval_upper_bound", "inf"))
    ]
    return int(change)


def test_the_service_scales_between_the_profiles_limits(pipeline: Synthesized) -> None:
    target = pipeline.one("aws_appautoscaling_target")
    assert (target["min_capacity"], target["max_capacity"]) == (0, 8)
    assert target["scalable_dimension"] == "ecs:service:DesiredCount"


def test_terraform_leaves_the_desired_count_alone(pipeline: Synthesized) -> None:
    assert pipeline.one("aws_ecs_service")["lifecycle"]["ignore_changes"] == ["desired_count"]


def test_the_start_rests_on_the_queue_alone(pipeline: Synthesized) -> None:
    alarm = alarm_of(pipeline, "worker-start-policy-t1")
    namespaces = {query["metric"]["namespace"] for query in alarm["metric_query"] if "metric" in query}
    assert namespaces == {"AWS/SQS"}
    assert alarm["treat_missing_data"] == "notBreaching"
    assert alarm["evaluation_periods"] == 1


@pytest.mark.parametrize(
    ("visible", "in_flight", "starts"),
    [
        (0, 0, False),
        (1, 0, True),
        (50, 0, True),
        (3, 1, False),
        (0, 2, False),
        (1, MISSING, True),
        (MISSING, MISSING, False),
    ],
)
def test_a_worker_is_started_when_messages_wait_and_nobody_works(
    pipeline: Synthesized, policies: dict[str, Resource], visible: float, in_flight: float, starts: bool
) -> None:
    alarm = alarm_of(pipeline, "worker-start-policy-t1")
    value = value_of(alarm, visible=visible, in_flight=in_flight)
    assert (value >= alarm["threshold"]) is starts
    if starts:
        assert adjustment(policies["worker-start-policy-t1"], value - alarm["threshold"]) == 1


def test_scaling_in_never_removes_more_than_the_idle_tasks(
    pipeline: Synthesized, policies: dict[str, Resource]
) -> None:
    alarm = alarm_of(pipeline, "worker-scale-in-policy-t1")
    for running in range(1, 200):
        for messages in (0, 1, 2, 7, 40, 198):
            idle = value_of(alarm, visible=0, in_flight=messages, running=running)
            assert (idle >= alarm["threshold"]) is (running > messages)
            if running > messages:
                removed = -adjustment(policies["worker-scale-in-policy-t1"], idle - alarm["threshold"])
                assert 1 <= removed <= running - messages


def test_zero_is_reached_only_after_minutes_with_nothing_visible_or_in_flight(pipeline: Synthesized) -> None:
    alarm = alarm_of(pipeline, "worker-scale-in-policy-t1")
    assert alarm["evaluation_periods"] == 5
    assert value_of(alarm, visible=0, in_flight=0, running=1) >= alarm["threshold"]
    assert value_of(alarm, visible=0, in_flight=1, running=1) < alarm["threshold"]
    assert value_of(alarm, visible=1, in_flight=0, running=1) < alarm["threshold"]
    assert value_of(alarm, visible=0, in_flight=MISSING, running=1) >= alarm["threshold"], "SQS leaves out none"


def test_nobody_goes_while_it_is_not_known_what_waits_or_runs(pipeline: Synthesized) -> None:
    alarm = alarm_of(pipeline, "worker-scale-in-policy-t1")
    assert alarm["treat_missing_data"] == "notBreaching"
    assert math.isnan(value_of(alarm, visible=MISSING, in_flight=0, running=1))
    assert math.isnan(value_of(alarm, visible=0, in_flight=0, running=MISSING))


def test_scaling_out_follows_visible_and_in_flight_per_running_task(policies: dict[str, Resource]) -> None:
    tracking = policies["worker-scale-out-policy-t1"]["target_tracking_scaling_policy_configuration"]
    assert tracking["target_value"] == 4
    metrics = {metric["id"]: metric for metric in tracking["customized_metric_specification"]["metrics"]}
    assert {id_ for id_, metric in metrics.items() if metric["return_data"]} == {"backlog"}
    assert metrics["backlog"]["expression"] == "(visible + in_flight) / running"
    assert metrics["running"]["metric_stat"]["metric"]["metric_name"] == "RunningTaskCount"


def test_target_tracking_never_scales_in(policies: dict[str, Resource]) -> None:
    tracking = policies["worker-scale-out-policy-t1"]["target_tracking_scaling_policy_configuration"]
    assert tracking["disable_scale_in"] is True


def test_alarms_that_scale_tell_nobody(pipeline: Synthesized) -> None:
    for policy in ("worker-start-policy-t1", "worker-scale-in-policy-t1"):
        alarm = alarm_of(pipeline, policy)
        assert len(alarm["alarm_actions"]) == 1
        assert "ok_actions" not in alarm
