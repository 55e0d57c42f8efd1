"""Application Auto Scaling: scalable targets and scaling policies of the cluster's services."""

import re
from collections.abc import Iterable
from typing import Any

from streamflix_cli.deploy.sweep.cloud import Cloud, Search
from streamflix_cli.deploy.sweep.leftover import Leftover
from streamflix_cli.deploy.sweep.probers.base import Prober

_SERVICE = "application-autoscaling"
_ECS: dict[str, Any] = {"ServiceNamespace": "ecs"}


def _in_cluster(search: Search, resource_id: str) -> bool:
    return resource_id.startswith(f"service/{search.naming.of('ecs-cluster')}/")


class ScalingTarget(Prober):
    """By resource id, as `service/CLUSTER/SERVICE`."""

    type = "scaling_target"
    missing = frozenset({"ObjectNotFoundException"})

    def candidates(self, search: Search) -> Iterable[Leftover]:
        targets = self._list(search.cloud)
        return self.named(target["ResourceId"] for target in targets if _in_cluster(search, target["ResourceId"]))

    def state(self, cloud: Cloud, id: str) -> str | None:
        target = next(iter(self._list(cloud, ResourceIds=[id])), None)
        return None if target is None else f"{target['MinCapacity']} to {target['MaxCapacity']} tasks"

    def delete(self, cloud: Cloud, id: str) -> None:
        client = cloud.client(_SERVICE)
        for target in self._list(cloud, ResourceIds=[id]):
            dimension = target["ScalableDimension"]
            self.ask(client.deregister_scalable_target, ResourceId=id, ScalableDimension=dimension, **_ECS)

    @staticmethod
    def _list(cloud: Cloud, **which: object) -> list[dict[str, Any]]:
        return cloud.pages(_SERVICE, "describe_scalable_targets", "ScalableTargets", **_ECS, **which)


class ScalingPolicy(Prober):
    """By policy ARN."""

    type = "scaling_policy"
    arn = r"autoscaling:scalingPolicy:.+:resource/ecs/.+"
    missing = frozenset({"ObjectNotFoundException"})

    def candidates(self, search: Search) -> Iterable[Leftover]:
        policies = self._list(search.cloud)
        return self.named(policy["PolicyARN"] for policy in policies if _in_cluster(search, policy["ResourceId"]))

    def state(self, cloud: Cloud, id: str) -> str | None:
        policy = self._get(cloud, id)
        return None if policy is None else f"on {policy['ResourceId']}"

    def delete(self, cloud: Cloud, id: str) -> None:
        policy = self._get(cloud, id)
        if policy is not None:
            which = {key: policy[key] for key in ("PolicyName", "ResourceId", "ScalableDimension")}
            self.ask(cloud.client(_SERVICE).delete_scaling_policy, **_ECS, **which)

    def _get(self, cloud: Cloud, arn: str) -> dict[str, Any] | None:
        match = re.search(r":resource/ecs/([^:]+)", arn)
        on_target = self._list(cloud, ResourceId=match[1]) if match else []
        return next((policy for policy in on_target if policy["PolicyARN"] == arn), None)

    @staticmethod
    def _list(cloud: Cloud, **which: object) -> list[dict[str, Any]]:
        return cloud.pages(_SERVICE, "describe_scaling_policies", "ScalingPolicies", **_ECS, **which)
