"""Parts of the local cloud, run by hand against a control plane."""

import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from streamflix_cli.local.part import client

REGION = "us-east-1"


@cache
def client_of(service: str, endpoint: str) -> Any:
    """A client of a control plane; making one takes longer than most calls."""
    return client(service, endpoint=endpoint, region=REGION)


class RunningPart:
    """A part as the supervisor starts it; its standard input stays open while it is to live."""

    def __init__(self, name: str, root: Path, endpoint: str, *options: str) -> None:
        command = [sys.executable, "-m", f"streamflix_cli.local.{name}", str(root), "--endpoint", endpoint]
        self.process = subprocess.Popen(
            [*command, "--token", "t", *options], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def logged(self) -> str:
        """The next line of its log; waits for it."""
        assert self.process.stderr is not None
        return self.process.stderr.readline()

    def terminate(self) -> int:
        self.process.terminate()
        return self.process.wait(5)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def eventually(look: Callable[[], Any], seconds: float = 20) -> Any:
    """What `look` returns once it is true."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {seconds} s, but {found!r}"
        time.sleep(0.1)


class WorkerService:
    """A Fargate service `worker` without tasks, in a cluster of its own."""

    def __init__(self, endpoint: str, cluster: str, *, insights: str = "enabled") -> None:
        self.cluster = cluster
        self.ecs = client_of("ecs", endpoint)
        ec2 = client_of("ec2", endpoint)
        self.ecs.create_cluster(clusterName=cluster, settings=[{"name": "containerInsights", "value": insights}])
        self.ecs.register_task_definition(
            family=cluster,
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[{"name": "worker", "image": "worker", "memory": 512}],
        )
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        group = ec2.create_security_group(GroupName="tasks", Description="tasks", VpcId=vpc)["GroupId"]
        self.ecs.create_service(
            cluster=cluster,
            serviceName="worker",
            taskDefinition=cluster,
            launchType="FARGATE",
            desiredCount=0,
            networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}},
        )

    def want(self, count: int) -> None:
        self.ecs.update_service(cluster=self.cluster, service="worker", desiredCount=count)

    def report(self, status: str) -> None:
        """Says as the agent does what has become of all tasks."""
        for task in self.ecs.list_tasks(cluster=self.cluster)["taskArns"]:
            self.ecs.submit_task_state_change(cluster=self.cluster, task=task, status=status)

    def counts(self) -> tuple[int, int]:
        """How many tasks are wanted, and how many run."""
        (service,) = self.ecs.describe_services(cluster=self.cluster, services=["worker"])["services"]
        return service["desiredCount"], service["runningCount"]
