import json
from typing import Any


def test_a_task_runs_with_the_memory_of_its_definition(fargate: Any) -> None:
    definition = fargate.ecs.register_task_definition(
        family="without-container-memory",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "worker", "image": "worker"}],
    )["taskDefinition"]["taskDefinitionArn"]
    answer = fargate.ecs.run_task(
        cluster=fargate.cluster,
        taskDefinition=definition,
        launchType="FARGATE",
        networkConfiguration=fargate.network(securityGroups=[fargate.security_group]),
    )
    assert len(answer["tasks"]) == 1


def test_a_task_runs_without_security_groups(fargate: Any) -> None:
    answer = fargate.ecs.run_task(
        cluster=fargate.cluster,
        taskDefinition=fargate.task_definition,
        launchType="FARGATE",
        networkConfiguration=fargate.network(),
    )
    details = json.dumps(answer["tasks"][0]["attachments"])
    assert fargate.subnet in details
