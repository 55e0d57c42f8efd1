from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tests.integration.local.mends.rules import Rule

Events = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def events(clients: Any, fargate: Any) -> Events:
    """What ECS has told of the tasks of the cluster since the last time."""
    rule = Rule(clients, f"tasks-of-{fargate.cluster}")
    url, arn = rule.queue()
    (cluster,) = fargate.ecs.describe_clusters(clusters=[fargate.cluster])["clusters"]
    rule.watch("aws.ecs", "ECS Task State Change", {"clusterArn": [cluster["clusterArn"]]})
    rule.target("queue", arn)
    return lambda: rule.received(url)


def test_every_change_of_a_task_is_an_event(fargate: Any, events: Events) -> None:
    arn = fargate.run_task()
    for status in ("PENDING", "RUNNING"):
        fargate.report(arn, status)
    fargate.ecs.stop_task(cluster=fargate.cluster, task=arn, reason="enough")
    fargate.report(arn, "STOPPED", containers=[{"containerName": "worker", "exitCode": 143}])
    told = [event["detail"] for event in events()]
    assert [(one["version"], one["lastStatus"], one["desiredStatus"]) for one in told] == [
        (1, "PROVISIONING", "RUNNING"),
        (2, "PENDING", "RUNNING"),
        (3, "RUNNING", "RUNNING"),
        (4, "STOPPING", "STOPPED"),
        (5, "STOPPED", "STOPPED"),
    ]
    assert (told[-1]["stopCode"], told[-1]["stoppedReason"]) == ("UserInitiated", "enough")


def test_an_event_shows_the_task_as_it_is_described(fargate: Any, events: Events) -> None:
    arn = fargate.run_task(startedBy="somebody")
    fargate.report(arn, "RUNNING")
    fargate.report(arn, "STOPPED", containers=[{"containerName": "worker", "exitCode": 3}])
    *_, event = events()
    assert event["resources"] == [arn]
    detail, described = event["detail"], fargate.task(arn)
    for name in ("taskArn", "clusterArn", "taskDefinitionArn", "group", "stopCode", "stoppedReason", "startedBy"):
        assert detail[name] == described[name], name
    assert [container["exitCode"] for container in detail["containers"]] == [3]
    assert datetime.fromisoformat(detail["stoppedAt"]) >= datetime.fromisoformat(detail["startedAt"])
    assert "updatedAt" in detail


def test_tasks_of_a_service_are_told_of_once_however_often_one_looks(fargate: Any, events: Events) -> None:
    fargate.create_service(launchType="FARGATE")
    for _ in range(3):
        fargate.service()
    assert [event["detail"]["group"] for event in events()] == ["service:worker"] * 2
