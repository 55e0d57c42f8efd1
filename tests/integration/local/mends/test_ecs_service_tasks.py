from typing import Any


def test_a_service_has_as_many_tasks_as_it_wants(fargate: Any) -> None:
    fargate.create_service(launchType="FARGATE", tags=[{"key": "Environment", "value": "pr1"}], propagateTags="SERVICE")
    assert fargate.counts() == (2, 0, 2)
    arns = fargate.report_all("RUNNING")
    assert fargate.counts() == (2, 2, 0)
    answer = fargate.ecs.describe_tasks(cluster=fargate.cluster, tasks=arns, include=["TAGS"])
    deployment = fargate.service()["deployments"][0]
    for task in answer["tasks"]:
        assert (task["group"], task["startedBy"]) == ("service:worker", deployment["id"])
        assert task["tags"] == [{"key": "Environment", "value": "pr1"}]
    (cluster,) = fargate.ecs.describe_clusters(clusters=[fargate.cluster])["clusters"]
    assert (cluster["runningTasksCount"], cluster["activeServicesCount"]) == (2, 1)
    assert deployment["rolloutState"] == "COMPLETED"


def test_an_ended_task_is_replaced(fargate: Any) -> None:
    fargate.create_service(launchType="FARGATE")
    first, _ = fargate.report_all("RUNNING")
    fargate.report(first, "STOPPED")
    assert fargate.counts() == (2, 1, 1)
    assert first not in fargate.tasks()


def test_tasks_that_keep_failing_are_started_ever_more_slowly(fargate: Any) -> None:
    fargate.create_service(launchType="FARGATE")
    for _ in range(3):
        fargate.report_all("STOPPED")
    # Two tasks failed at once, were replaced, and failed again: the next ones have to wait.
    assert fargate.tasks() == []
    assert fargate.service()["deployments"][0]["failedTasks"] >= 2


def test_scaling_in_spares_protected_tasks(fargate: Any) -> None:
    fargate.create_service(launchType="FARGATE")
    protected, idle = fargate.report_all("RUNNING")
    fargate.ecs.update_task_protection(cluster=fargate.cluster, tasks=[protected], protectionEnabled=True)
    fargate.ecs.update_service(cluster=fargate.cluster, service="worker", desiredCount=0)
    assert fargate.tasks() == [protected]
    assert fargate.task(idle)["stopCode"] == "ServiceSchedulerInitiated"
    fargate.ecs.update_task_protection(cluster=fargate.cluster, tasks=[protected], protectionEnabled=False)
    assert fargate.tasks() == []


def test_a_new_task_definition_replaces_the_old_tasks_once_the_new_ones_run(fargate: Any) -> None:
    fargate.create_service(launchType="FARGATE")
    old = fargate.report_all("RUNNING")
    newer = fargate.ecs.register_task_definition(
        family=fargate.cluster,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="512",
        memory="1024",
        containerDefinitions=[{"name": "worker", "image": "worker"}],
    )["taskDefinition"]["taskDefinitionArn"]
    fargate.ecs.update_service(cluster=fargate.cluster, service="worker", taskDefinition=newer)
    new = [arn for arn in fargate.tasks() if arn not in old]
    assert {fargate.task(arn)["taskDefinitionArn"] for arn in new} == {newer}
    assert set(fargate.tasks()) == {*old, *new}
    assert [one["status"] for one in fargate.service()["deployments"]] == ["PRIMARY", "ACTIVE"]
    for arn in new:
        fargate.report(arn, "RUNNING")
    assert set(fargate.tasks()) == set(new)
    for arn in old:
        fargate.report(arn, "STOPPED")
    (deployment,) = fargate.service()["deployments"]
    assert (deployment["rolloutState"], deployment["runningCount"]) == ("COMPLETED", 2)


def test_a_service_without_a_place_for_its_tasks_still_answers(fargate: Any, clients: Any) -> None:
    fargate.create_service(launchType="FARGATE")
    clients("ec2").delete_subnet(SubnetId=fargate.subnet)
    fargate.report_all("STOPPED")
    assert fargate.counts() == (2, 0, 0)
