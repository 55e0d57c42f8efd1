from typing import Any, NamedTuple

import pytest


class Fargate(NamedTuple):
    """A cluster with a task definition whose memory is the task's, and a service of it."""

    ecs: Any
    cluster: str
    task_definition: str
    subnet: str
    security_group: str

    def network(self, **more: Any) -> dict[str, Any]:
        return {"awsvpcConfiguration": {"subnets": [self.subnet], **more}}

    def create_service(self, **settings: Any) -> dict[str, Any]:
        service: dict[str, Any] = self.ecs.create_service(
            cluster=self.cluster,
            serviceName="worker",
            taskDefinition=self.task_definition,
            desiredCount=2,
            networkConfiguration=self.network(securityGroups=[self.security_group]),
            **settings,
        )["service"]
        return service

    def service(self) -> dict[str, Any]:
        service: dict[str, Any] = self.ecs.describe_services(cluster=self.cluster, services=["worker"])["services"][0]
        return service

    def counts(self) -> tuple[int, int, int]:
        service = self.service()
        return service["desiredCount"], service["runningCount"], service["pendingCount"]

    def run_task(self, **settings: Any) -> str:
        (task,) = self.ecs.run_task(
            cluster=self.cluster,
            taskDefinition=self.task_definition,
            launchType="FARGATE",
            networkConfiguration=self.network(securityGroups=[self.security_group]),
            **settings,
        )["tasks"]
        return str(task["taskArn"])

    def tasks(self, **filters: Any) -> list[str]:
        arns: list[str] = self.ecs.list_tasks(cluster=self.cluster, **filters)["taskArns"]
        return arns

    def task(self, arn: str) -> dict[str, Any]:
        task: dict[str, Any] = self.ecs.describe_tasks(cluster=self.cluster, tasks=[arn])["tasks"][0]
        return task

    def report(self, arn: str, status: str, **more: Any) -> None:
        """Says as an agent what has become of a task."""
        self.ecs.submit_task_state_change(cluster=self.cluster, task=arn, status=status, **more)

    def report_all(self, status: str) -> list[str]:
        arns = self.tasks()
        for arn in arns:
            self.report(arn, status)
        return arns


@pytest.fixture
def fargate(clients: Any, request: pytest.FixtureRequest) -> Fargate:
    ecs, ec2 = clients("ecs"), clients("ec2")
    name = f"c{abs(hash(request.node.name))}"
    ecs.create_cluster(clusterName=name)
    arn = ecs.register_task_definition(
        family=name,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "worker", "image": "worker", "memory": 512}],
    )["taskDefinition"]["taskDefinitionArn"]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="tasks", Description="tasks", VpcId=vpc)["GroupId"]
    return Fargate(ecs, name, arn, subnet, group)
