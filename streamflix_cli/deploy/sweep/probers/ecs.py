"""ECS clusters, services, tasks and task definitions."""

from collections.abc import Iterable

from streamflix_cli.deploy.sweep.cloud import Cloud, Search
from streamflix_cli.deploy.sweep.leftover import Leftover
from streamflix_cli.deploy.sweep.probers.base import Prober

_NO_CLUSTER = frozenset({"ClusterNotFoundException"})


class EcsService(Prober):
    """By `CLUSTER/SERVICE`: whatever runs in the environment's cluster. INACTIVE is gone."""

    type = "ecs_service"
    arn = r"ecs:service/(?P<id>[^/]+/[^/]+)"
    missing = _NO_CLUSTER | {"ServiceNotFoundException", "ServiceNotActiveException"}
    patience_seconds = 600

    def candidates(self, search: Search) -> Iterable[Leftover]:
        cluster = search.naming.of("ecs-cluster")
        arns = self.ask(search.cloud.pages, "ecs", "list_services", "serviceArns", cluster=cluster)
        return self.named(f"{cluster}/{arn.rpartition('/')[2]}" for arn in arns or [])

    def state(self, cloud: Cloud, id: str) -> str | None:
        cluster, name = id.split("/")
        answer = self.ask(cloud.client("ecs").describe_services, cluster=cluster, services=[name])
        service = next(iter(answer["services"]), None) if answer else None
        if service is None or service["status"] == "INACTIVE":
            return None
        return f"{service['status']}, {service['runningCount']} tasks running"

    def delete(self, cloud: Cloud, id: str) -> None:
        cluster, name = id.split("/")
        # `force` deletes a service whose tasks still run, and they are stopped.
        self.ask(cloud.client("ecs").delete_service, cluster=cluster, service=name, force=True)


class EcsTask(Prober):
    """By task ARN: whatever runs in the environment's cluster. STOPPED is gone."""

    type = "ecs_task"
    arn = r"ecs:task/[^/]+/[^/]+"
    missing = _NO_CLUSTER
    patience_seconds = 300

    def candidates(self, search: Search) -> Iterable[Leftover]:
        cluster = search.naming.of("ecs-cluster")
        return self.named(self.ask(search.cloud.pages, "ecs", "list_tasks", "taskArns", cluster=cluster) or [])

    def state(self, cloud: Cloud, id: str) -> str | None:
        answer = self.ask(cloud.client("ecs").describe_tasks, cluster=id.split("/")[1], tasks=[id])
        task = next(iter(answer["tasks"]), None) if answer else None
        return None if task is None or task["lastStatus"] == "STOPPED" else str(task["lastStatus"])

    def delete(self, cloud: Cloud, id: str) -> None:
        if self.state(cloud, id) is not None:
            reason = "The environment was destroyed"
            self.ask(cloud.client("ecs").stop_task, cluster=id.split("/")[1], task=id, reason=reason)


class EcsTaskDefinition(Prober):
    """By revision ARN. A deregistered revision is INACTIVE, still listed, and gone."""

    type = "ecs_task_definition"
    arn = r"ecs:task-definition/[^/]+"
    missing = frozenset({"ClientException"})

    def candidates(self, search: Search) -> Iterable[Leftover]:
        for family in (search.naming.of("worker"), search.naming.of("migrate"), search.naming.of("housekeep")):
            arns = search.cloud.pages(
                "ecs", "list_task_definitions", "taskDefinitionArns", familyPrefix=family, status="ACTIVE"
            )
            yield from self.named(arn for arn in arns if arn.rpartition("/")[2].rpartition(":")[0] == family)

    def state(self, cloud: Cloud, id: str) -> str | None:
        answer = self.ask(cloud.client("ecs").describe_task_definition, taskDefinition=id)
        return "ACTIVE" if answer and answer["taskDefinition"]["status"] == "ACTIVE" else None

    def delete(self, cloud: Cloud, id: str) -> None:
        self.ask(cloud.client("ecs").deregister_task_definition, taskDefinition=id)


class EcsCluster(Prober):
    """By cluster name. INACTIVE is gone."""

    type = "ecs_cluster"
    arn = r"ecs:cluster/(?P<id>.+)"
    missing = _NO_CLUSTER

    def candidates(self, search: Search) -> Iterable[Leftover]:
        return self.named([search.naming.of("ecs-cluster")])

    def state(self, cloud: Cloud, id: str) -> str | None:
        cluster = next(iter(cloud.client("ecs").describe_clusters(clusters=[id])["clusters"]), None)
        return None if cluster is None or cluster["status"] == "INACTIVE" else str(cluster["status"])

    def delete(self, cloud: Cloud, id: str) -> None:
        self.ask(cloud.client("ecs").delete_cluster, cluster=id)
