from typing import Any

import pytest


def test_a_task_waits_for_an_agent_however_often_it_is_looked_at(fargate: Any) -> None:
    arn = fargate.run_task()
    for _ in range(5):
        assert fargate.task(arn)["lastStatus"] == "PROVISIONING"


def test_a_task_is_in_the_state_that_its_agent_reports(fargate: Any) -> None:
    arn = fargate.run_task()
    fargate.report(arn, "PENDING")
    assert fargate.task(arn)["lastStatus"] == "PENDING"
    fargate.report(arn, "RUNNING")
    task = fargate.task(arn)
    assert (task["lastStatus"], task["containers"][0]["lastStatus"]) == ("RUNNING", "RUNNING")
    assert task["startedAt"] >= task["createdAt"]
    assert "exitCode" not in task["containers"][0]


def test_the_exit_code_of_an_ended_task_is_kept(fargate: Any) -> None:
    arn = fargate.run_task()
    fargate.report(arn, "RUNNING")
    fargate.report(arn, "STOPPED", containers=[{"containerName": "worker", "exitCode": 3}])
    task = fargate.task(arn)
    assert (task["lastStatus"], task["stopCode"]) == ("STOPPED", "EssentialContainerExited")
    assert task["containers"][0]["exitCode"] == 3
    assert task["stoppedReason"] == "Essential container in task exited"


def test_a_task_that_never_ran_failed_to_start(fargate: Any) -> None:
    arn = fargate.run_task()
    fargate.report(arn, "PENDING")
    fargate.report(arn, "STOPPED", reason="ResourceInitializationError: no such secret")
    task = fargate.task(arn)
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"] == "ResourceInitializationError: no such secret"


def test_a_stopped_task_does_not_come_back(fargate: Any) -> None:
    arn = fargate.run_task()
    fargate.report(arn, "STOPPED")
    with pytest.raises(fargate.ecs.exceptions.InvalidParameterException):
        fargate.report(arn, "RUNNING")


def test_the_network_interface_goes_with_its_task(fargate: Any, clients: Any) -> None:
    arn = fargate.run_task()
    (attachment,) = fargate.task(arn)["attachments"]
    interface = next(item["value"] for item in attachment["details"] if item["name"] == "networkInterfaceId")
    fargate.report(arn, "STOPPED")
    listed = clients("ec2").describe_network_interfaces()["NetworkInterfaces"]
    assert interface not in [one["NetworkInterfaceId"] for one in listed]
