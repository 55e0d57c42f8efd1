from typing import Any

import pytest


def test_a_cluster_with_a_service_is_kept(fargate: Any) -> None:
    fargate.create_service(launchType="FARGATE")
    with pytest.raises(fargate.ecs.exceptions.ClusterContainsServicesException):
        fargate.ecs.delete_cluster(cluster=fargate.cluster)


def test_a_cluster_with_a_task_is_kept_until_the_task_has_stopped(fargate: Any) -> None:
    arn = fargate.run_task()
    with pytest.raises(fargate.ecs.exceptions.ClusterContainsTasksException):
        fargate.ecs.delete_cluster(cluster=fargate.cluster)
    fargate.report(arn, "STOPPED")
    assert fargate.ecs.delete_cluster(cluster=fargate.cluster)["cluster"]["status"] == "INACTIVE"
