from typing import Any

import pytest


def test_an_update_invents_no_running_task(fargate: Any) -> None:
    fargate.create_service(launchType="FARGATE")
    fargate.ecs.update_service(cluster=fargate.cluster, service="worker", desiredCount=3)
    service = fargate.service()
    assert (service["desiredCount"], service["runningCount"], service["pendingCount"]) == (3, 0, 3)
    (cluster,) = fargate.ecs.describe_clusters(clusters=[fargate.cluster])["clusters"]
    assert cluster["runningTasksCount"] == 0


def test_an_update_shows_in_the_deployment(fargate: Any) -> None:
    fargate.create_service(launchType="FARGATE")
    newer = fargate.ecs.register_task_definition(
        family=fargate.cluster,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="512",
        memory="1024",
        containerDefinitions=[{"name": "worker", "image": "worker"}],
    )["taskDefinition"]["taskDefinitionArn"]
    fargate.ecs.update_service(cluster=fargate.cluster, service="worker", taskDefinition=newer, desiredCount=1)
    (deployment,) = fargate.service()["deployments"]
    assert (deployment["taskDefinition"], deployment["desiredCount"]) == (newer, 1)


def test_a_forced_deployment_replaces_the_tasks(fargate: Any) -> None:
    fargate.create_service(launchType="FARGATE")
    before = fargate.service()["deployments"][0]["id"]
    old = fargate.report_all("RUNNING")
    fargate.ecs.update_service(cluster=fargate.cluster, service="worker", forceNewDeployment=True)
    primary, active = fargate.service()["deployments"]
    assert (active["id"], active["runningCount"]) == (before, 2)
    assert (primary["status"], primary["pendingCount"]) == ("PRIMARY", 2)
    assert set(old) < set(fargate.tasks())


def test_another_count_is_no_new_deployment(fargate: Any) -> None:
    fargate.create_service(launchType="FARGATE")
    before = fargate.service()["deployments"][0]["id"]
    fargate.ecs.update_service(
        cluster=fargate.cluster, service="worker", desiredCount=1, taskDefinition=fargate.task_definition
    )
    (deployment,) = fargate.service()["deployments"]
    assert (deployment["id"], deployment["desiredCount"], deployment["pendingCount"]) == (before, 1, 1)


def test_a_deleted_service_is_not_updated(fargate: Any) -> None:
    fargate.create_service(launchType="FARGATE")
    fargate.ecs.delete_service(cluster=fargate.cluster, service="worker", force=True)
    with pytest.raises(fargate.ecs.exceptions.ServiceNotActiveException):
        fargate.ecs.update_service(cluster=fargate.cluster, service="worker", desiredCount=1)
