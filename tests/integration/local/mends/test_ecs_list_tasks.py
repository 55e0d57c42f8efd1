from typing import Any


def test_only_tasks_of_the_service_are_listed(fargate: Any) -> None:
    fargate.create_service(launchType="FARGATE")
    definition = fargate.ecs.register_task_definition(
        family=fargate.cluster,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "worker", "image": "worker", "memory": 512}],
    )["taskDefinition"]["taskDefinitionArn"]

    def run(group: str) -> str:
        (task,) = fargate.ecs.run_task(
            cluster=fargate.cluster,
            taskDefinition=definition,
            launchType="FARGATE",
            group=group,
            networkConfiguration=fargate.network(securityGroups=[fargate.security_group]),
        )["tasks"]
        return str(task["taskArn"])

    run("family:migrate")
    mine = run("service:worker")
    assert fargate.ecs.list_tasks(cluster=fargate.cluster, serviceName="worker")["taskArns"] == [mine]
