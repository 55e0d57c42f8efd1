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


def test_a_task_runs_in_a_vpc_without_dns_host_names(fargate: Any, clients: Any) -> None:
    ec2 = clients("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="tasks", Description="tasks", VpcId=vpc)["GroupId"]
    answer = fargate.ecs.run_task(
        cluster=fargate.cluster,
        taskDefinition=fargate.task_definition,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}},
    )
    assert subnet in json.dumps(answer["tasks"][0]["attachments"])
