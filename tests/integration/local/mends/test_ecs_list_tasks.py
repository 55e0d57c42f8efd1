from typing import Any


def test_only_tasks_of_the_service_are_listed(fargate: Any) -> None:
    fargate.create_service(launchType="FARGATE")
    other = fargate.run_task(group="family:migrate")
    mine = fargate.tasks(serviceName="worker")
    assert len(mine) == 2
    assert other not in mine


def test_stopped_tasks_are_listed_only_when_asked_for(fargate: Any) -> None:
    arn = fargate.run_task()
    fargate.ecs.stop_task(cluster=fargate.cluster, task=arn)
    assert fargate.tasks() == []
    assert fargate.tasks(desiredStatus="STOPPED") == [arn]


def test_tasks_of_a_cluster_with_a_longer_name_are_not_listed(fargate: Any) -> None:
    fargate.ecs.create_cluster(clusterName=fargate.cluster[:-1])
    fargate.run_task()
    assert fargate.ecs.list_tasks(cluster=fargate.cluster[:-1])["taskArns"] == []
