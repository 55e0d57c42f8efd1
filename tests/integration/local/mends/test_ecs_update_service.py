from typing import Any


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
