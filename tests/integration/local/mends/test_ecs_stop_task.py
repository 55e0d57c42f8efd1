from typing import Any

import pytest


def test_stopping_an_unknown_task_says_so(fargate: Any) -> None:
    with pytest.raises(fargate.ecs.exceptions.InvalidParameterException, match="not found"):
        fargate.ecs.stop_task(cluster=fargate.cluster, task="0" * 32)


def test_a_running_task_is_only_asked_to_stop(fargate: Any) -> None:
    arn = fargate.run_task()
    fargate.report(arn, "RUNNING")
    fargate.ecs.stop_task(cluster=fargate.cluster, task=arn, reason="enough")
    task = fargate.task(arn)
    assert (task["desiredStatus"], task["lastStatus"]) == ("STOPPED", "STOPPING")
    fargate.report(arn, "STOPPED", containers=[{"containerName": "worker", "exitCode": 143}])
    task = fargate.task(arn)
    assert (task["lastStatus"], task["stopCode"], task["stoppedReason"]) == ("STOPPED", "UserInitiated", "enough")


def test_a_task_that_no_agent_has_taken_is_stopped_at_once(fargate: Any) -> None:
    arn = fargate.run_task()
    fargate.ecs.stop_task(cluster=fargate.cluster, task=arn)
    task = fargate.task(arn)
    assert task["lastStatus"] == "STOPPED"
    assert "exitCode" not in task["containers"][0]
