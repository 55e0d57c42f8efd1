import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.integration.local.mends.rules import ACCOUNT, REGION, Rule

NO_TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:there-is-none"


def counted(clients: Any, rule: str) -> dict[str, float]:
    """Sums of the rule's metrics."""
    now = datetime.now(UTC)
    sums = {}
    for metric in ("MatchedEvents", "TriggeredRules", "Invocations", "FailedInvocations"):
        points = clients("cloudwatch").get_metric_statistics(
            Namespace="AWS/Events",
            MetricName=metric,
            Dimensions=[{"Name": "RuleName", "Value": rule}],
            StartTime=now - timedelta(minutes=5),
            EndTime=now + timedelta(seconds=5),
            Period=3600,
            Statistics=["Sum"],
        )["Datapoints"]
        if points:
            sums[metric] = points[0]["Sum"]
    return sums


def test_a_topic_gets_the_whole_event(clients: Any) -> None:
    rule = Rule(clients, "whole-event")
    url, topic = rule.topic()
    rule.target("topic", topic)
    rule.put(a=1)
    (notification,) = rule.received(url)
    event = json.loads(notification["Message"])
    assert datetime.now(UTC) - datetime.fromisoformat(event.pop("time")) < timedelta(minutes=1)
    assert event.pop("id")
    assert event == {
        "version": "0",
        "detail-type": "whole-event",
        "source": "test",
        "account": ACCOUNT,
        "region": REGION,
        "resources": [],
        "detail": {"a": 1},
    }


def test_a_topic_gets_what_the_transformer_makes_of_the_event(clients: Any) -> None:
    rule = Rule(clients, "transformed")
    url, topic = rule.topic()
    transformer = {"InputTemplate": '"It is <a>."', "InputPathsMap": {"a": "$.detail.a"}}
    rule.target("topic", topic, InputTransformer=transformer)
    rule.put(a=1)
    (notification,) = rule.received(url)
    assert notification["Message"] == '"It is 1."'


def test_a_rule_counts_what_it_does(clients: Any) -> None:
    rule = Rule(clients, "counting", detail={"a": [1]})
    _, topic = rule.topic()
    rule.target("topic", topic)
    rule.target("nowhere", NO_TOPIC)
    for a in (1, 2, 1):
        rule.put(a=a)
    assert counted(clients, rule.name) == {
        "MatchedEvents": 2,
        "TriggeredRules": 2,
        "Invocations": 4,
        "FailedInvocations": 2,
    }


def test_a_target_that_fails_keeps_the_event_from_no_other(clients: Any) -> None:
    rule = Rule(clients, "one-fails")
    url, arn = rule.queue()
    rule.target("nowhere", NO_TOPIC)
    rule.target("queue", arn)
    rule.put(a=1)
    assert [body["detail"] for body in rule.received(url)] == [{"a": 1}]


def test_a_disabled_rule_delivers_nothing(clients: Any) -> None:
    rule = Rule(clients, "disabled")
    url, arn = rule.queue()
    rule.target("queue", arn)
    rule.events.disable_rule(Name=rule.name)
    rule.put(a=1)
    rule.events.enable_rule(Name=rule.name)
    rule.put(a=2)
    assert [body["detail"] for body in rule.received(url)] == [{"a": 2}]


def test_a_schedule_delivers_no_events(clients: Any) -> None:
    rule = Rule(clients, "watched")
    url, arn = rule.queue("scheduled")
    rule.events.put_rule(Name="scheduled", ScheduleExpression="rate(5 minutes)")
    rule.events.put_targets(Rule="scheduled", Targets=[{"Id": "queue", "Arn": arn}])
    rule.put(a=1)
    assert rule.received(url) == []
