from typing import Any

import pytest


def test_the_name_of_a_service_is_taken_until_its_last_task_has_stopped(fargate: Any) -> None:
    fargate.create_service(launchType="FARGATE")
    arns = fargate.report_all("RUNNING")
    with pytest.raises(fargate.ecs.exceptions.InvalidParameterException, match="idempotent"):
        fargate.create_service(launchType="FARGATE")
    fargate.ecs.delete_service(cluster=fargate.cluster, service="worker", force=True)
    with pytest.raises(fargate.ecs.exceptions.InvalidParameterException, match="Draining"):
        fargate.create_service(launchType="FARGATE")
    fargate.service()
    for arn in arns:
        fargate.report(arn, "STOPPED")
    assert fargate.create_service(launchType="FARGATE")["status"] == "ACTIVE"
