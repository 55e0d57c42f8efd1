"""Topics, alarms, the rule for failed tasks and the dashboard, on synthesized JSON."""

import json
from typing import Any

import pytest

from lib.profile import Monitoring, Processing, Profile
from streamflix_cli.local.scaling.metric_math import MISSING, evaluate
from tests.unit.lib.synthesis import Resource, Synthesized, statements, synthesize_pipeline

SCALING = {"alarm-worker-start-t1", "alarm-worker-scale-in-t1"}
SUBJECTS = (
    "video-jobs-dead-letters",
    "pipe-dead-letters",
    "housekeep-dead-letters",
    "rotation-dead-letters",
    "iterator-age",
    "oldest-unlanded-record",
    "webhooks-given-up",
    "pipe-stopped",
    "oldest-message",
    "workers-missing",
    "task-failures",
    "worker-errors",
    "database-capacity",
    "database-cpu",
    "database-connections",
    "secret-rotation",
)


@pytest.fixture(scope="module")
def topic(pipeline: Synthesized) -> str:
    return f"${{{pipeline.address('aws_sns_topic', name='alarms-topic-t1')}.arn}}"


@pytest.mark.parametrize("subject", SUBJECTS)
def test_everything_that_matters_is_watched(pipeline: Synthesized, subject: str) -> None:
    alarm = pipeline.one("aws_cloudwatch_metric_alarm", alarm_name=f"alarm-{subject}-t1")
    assert len(alarm["alarm_description"]) > 40, "whoever is woken learns what to do"


def test_every_alarm_but_those_that_scale_tells_the_topic_when_it_comes_and_goes(
    pipeline: Synthesized, topic: str
) -> None:
    alarms = pipeline.all("aws_cloudwatch_metric_alarm")
    telling = {
        alarm["alarm_name"] for alarm in alarms if alarm.get("alarm_actions") == alarm.get("ok_actions") == [topic]
    }
    assert {alarm["alarm_name"] for alarm in alarms} - telling == SCALING


def test_every_alarm_says_what_missing_data_means(pipeline: Synthesized) -> None:
    for alarm in pipeline.all("aws_cloudwatch_metric_alarm"):
        assert alarm["treat_missing_data"] in {"notBreaching", "breaching"}, alarm["alarm_name"]


def missing_workers(stack: Synthesized, **metrics: float) -> bool:
    """Whether workers are missing at these values of the alarm's metrics; those not named are missing."""
    alarm = stack.one("aws_cloudwatch_metric_alarm", alarm_name="alarm-workers-missing-t1")
    (expression,) = [query["expression"] for query in alarm["metric_query"] if "expression" in query]
    known = {query["id"]: MISSING for query in alarm["metric_query"] if "metric" in query}
    value = evaluate(expression, {**known, **metrics})
    return bool(value >= alarm["threshold"])


@pytest.mark.parametrize(
    ("metrics", "missing"),
    [
        ({"desired": 3, "running": 2, "visible": 0}, True),
        ({"desired": 3, "running": 3, "visible": 9}, False),
        ({"desired": 1, "running": 2, "visible": 0}, False),
        # Container Insights is silent about a service without a running task, however many it wants.
        ({"visible": 1}, True),
        ({"visible": 0}, False),
        ({}, False),
    ],
)
def test_fewer_workers_than_there_should_be_are_seen_even_when_none_runs(
    pipeline: Synthesized, metrics: dict[str, float], missing: bool
) -> None:
    assert missing_workers(pipeline, **metrics) is missing


def test_a_service_that_is_never_to_be_without_workers_misses_them_without_any_message() -> None:
    stack = synthesize_pipeline(Profile(processing=Processing(min_tasks=2)))
    assert missing_workers(stack, visible=0)
    assert missing_workers(stack)
    assert not missing_workers(stack, desired=2, running=2)


def test_topics_are_encrypted_and_refuse_plain_http(pipeline: Synthesized) -> None:
    for topic in pipeline.all("aws_sns_topic"):
        assert topic["kms_master_key_id"] == f"${{{pipeline.address('aws_kms_key')}.arn}}"
    for policy in pipeline.all("aws_sns_topic_policy"):
        deny = statements(policy["policy"])["DenyWithoutTls"]
        assert deny["Effect"] == "Deny"
        assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_only_this_environments_alarms_and_rule_may_publish_to_the_alarms_topic(
    pipeline: Synthesized, topic: str
) -> None:
    policy = statements(pipeline.one("aws_sns_topic_policy", arn=topic)["policy"])
    assert set(policy) == {"DenyWithoutTls", "CloudwatchMayPublish", "EventsMayPublish"}
    sources = {sid: policy[sid]["Condition"]["ArnLike"]["aws:SourceArn"] for sid in set(policy) - {"DenyWithoutTls"}}
    assert sources["CloudwatchMayPublish"].endswith(":alarm:alarm-*-t1")
    assert sources["EventsMayPublish"].endswith(":rule/task-failures-rule-t1")


def test_no_service_publishes_to_the_video_events(pipeline: Synthesized) -> None:
    reference = f"${{{pipeline.address('aws_sns_topic', name='video-events-topic-t1')}.arn}}"
    assert set(statements(pipeline.one("aws_sns_topic_policy", arn=reference)["policy"])) == {"DenyWithoutTls"}


def test_an_address_in_the_profile_is_subscribed(pipeline: Synthesized, topic: str) -> None:
    subscription = pipeline.one("aws_sns_topic_subscription")
    assert (subscription["protocol"], subscription["endpoint"]) == ("email", "alarms@streamflix.example")
    assert subscription["topic_arn"] == topic


def test_without_an_address_nobody_is_subscribed() -> None:
    stack = synthesize_pipeline(Profile(monitoring=Monitoring(alarm_email=None)))
    assert stack.all("aws_sns_topic_subscription") == []


@pytest.fixture(scope="module")
def pattern(pipeline: Synthesized) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(pipeline.one("aws_cloudwatch_event_rule")["event_pattern"])
    return value


def test_tasks_that_cannot_start_or_end_with_an_error_are_told(
    pipeline: Synthesized, pattern: dict[str, Any], topic: str
) -> None:
    assert pattern["source"] == ["aws.ecs"]
    assert pattern["detail"]["clusterArn"] == [f"${{{pipeline.address('aws_ecs_cluster')}.arn}}"]
    not_started, ended = pattern["detail"]["$or"]
    assert not_started == {"stopCode": ["TaskFailedToStart"]}
    assert ended["containers"] == {"exitCode": [{"anything-but": [0]}]}
    target = pipeline.one("aws_cloudwatch_event_target")
    assert target["arn"] == topic
    assert target["retry_policy"] == {"maximum_event_age_in_seconds": 3600, "maximum_retry_attempts": 10}
    assert "role_arn" not in target


def test_failed_tasks_are_counted_by_the_rules_own_metric(pipeline: Synthesized) -> None:
    alarm = pipeline.one("aws_cloudwatch_metric_alarm", alarm_name="alarm-task-failures-t1")
    assert (alarm["namespace"], alarm["metric_name"]) == ("AWS/Events", "TriggeredRules")
    assert alarm["dimensions"] == {"RuleName": f"${{{pipeline.address('aws_cloudwatch_event_rule')}.name}}"}


def test_errors_in_the_workers_log_become_the_metric_that_is_watched(pipeline: Synthesized) -> None:
    log_filter = pipeline.one("aws_cloudwatch_log_metric_filter")
    worker_log = pipeline.address("aws_cloudwatch_log_group", name="/streamflix/t1/worker")
    assert log_filter["log_group_name"] == f"${{{worker_log}.name}}"
    assert log_filter["pattern"] == '{ $.level = "ERROR" }'
    metric = log_filter["metric_transformation"]
    alarm = pipeline.one("aws_cloudwatch_metric_alarm", alarm_name="alarm-worker-errors-t1")
    assert (metric["namespace"], metric["name"]) == (alarm["namespace"], alarm["metric_name"])
    assert alarm["threshold"] == 5


def test_one_webhook_that_is_given_up_rings_the_alarm_on_what_housekeeping_puts(pipeline: Synthesized) -> None:
    alarm = pipeline.one("aws_cloudwatch_metric_alarm", alarm_name="alarm-webhooks-given-up-t1")
    assert (alarm["namespace"], alarm["metric_name"]) == ("StreamFlix/t1", "WebhooksGivenUp")
    assert "dimensions" not in alarm or alarm["dimensions"] == {}
    assert (alarm["statistic"], alarm["comparison_operator"], alarm["threshold"]) == (
        "Maximum",
        "GreaterThanThreshold",
        0,
    )
    assert alarm["treat_missing_data"] == "notBreaching", "nothing is put while nothing was given up"


@pytest.fixture(scope="module")
def widgets(pipeline: Synthesized) -> list[Resource]:
    value: list[Resource] = json.loads(pipeline.one("aws_cloudwatch_dashboard")["dashboard_body"])["widgets"]
    return value


def test_the_dashboard_shows_every_alarm_that_tells_somebody(pipeline: Synthesized, widgets: list[Resource]) -> None:
    (alarms,) = [widget for widget in widgets if widget["type"] == "alarm"]
    assert len(alarms["properties"]["alarms"]) == len(pipeline.all("aws_cloudwatch_metric_alarm")) - len(SCALING)


def test_the_dashboard_goes_from_the_stream_to_the_database(widgets: list[Resource]) -> None:
    namespaces = {
        metric[0] for widget in widgets if widget["type"] == "metric" for metric in widget["properties"]["metrics"]
    }
    assert {
        "AWS/Kinesis", "AWS/EventBridge/Pipes", "AWS/SQS", "ECS/ContainerInsights", "AWS/ECS", "AWS/RDS",
        "StreamFlix/t1",
    } <= namespaces  # fmt: skip


def test_widgets_do_not_overlap_and_stay_within_the_width(widgets: list[Resource]) -> None:
    cells: set[tuple[int, int]] = set()
    for widget in widgets:
        area = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not cells & area
        assert max(x for x, _ in area) < 24
        cells |= area
