from typing import Any


def test_a_deleted_service_drains_until_its_last_task_has_stopped(fargate: Any) -> None:
    fargate.create_service(launchType="FARGATE")
    arns = fargate.report_all("RUNNING")
    fargate.ecs.delete_service(cluster=fargate.cluster, service="worker", force=True)
    assert fargate.service()["status"] == "DRAINING"
    assert {fargate.task(arn)["desiredStatus"] for arn in arns} == {"STOPPED"}
    for arn in arns:
        fargate.report(arn, "STOPPED")
    assert fargate.service()["status"] == "INACTIVE"
    assert fargate.tasks() == []
