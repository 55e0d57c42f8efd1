from datetime import UTC, datetime
from typing import Any

import pytest


@pytest.fixture
def running(fargate: Any) -> dict[str, str]:
    """Arguments that name a running task of a service."""
    return {"cluster": fargate.cluster, "task": fargate.run_task(group="service:worker")}


def test_a_task_is_protected_for_the_time_asked_for_and_released(fargate: Any, running: dict[str, str]) -> None:
    named = {"cluster": running["cluster"], "tasks": [running["task"]]}
    fargate.ecs.update_task_protection(**named, protectionEnabled=True, expiresInMinutes=10)
    (protection,) = fargate.ecs.get_task_protection(**named)["protectedTasks"]
    assert protection["protectionEnabled"]
    assert 500 < (protection["expirationDate"] - datetime.now(UTC)).total_seconds() <= 600
    fargate.ecs.update_task_protection(**named, protectionEnabled=False)
    (protection,) = fargate.ecs.get_task_protection(**named)["protectedTasks"]
    assert not protection["protectionEnabled"]


def test_an_unknown_task_is_reported_as_missing(fargate: Any, running: dict[str, str]) -> None:
    answer = fargate.ecs.update_task_protection(cluster=running["cluster"], tasks=["0" * 32], protectionEnabled=True)
    assert [failure["reason"] for failure in answer["failures"]] == ["MISSING"]


def test_a_longer_time_than_two_days_is_refused(fargate: Any, running: dict[str, str]) -> None:
    with pytest.raises(fargate.ecs.exceptions.InvalidParameterException):
        fargate.ecs.update_task_protection(
            cluster=running["cluster"], tasks=[running["task"]], protectionEnabled=True, expiresInMinutes=2881
        )
