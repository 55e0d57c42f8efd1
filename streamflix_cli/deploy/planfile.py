"""Terraform's plan file, read through `terraform show -json`."""

import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel

Action = Literal["create", "adopt", "update", "replace", "delete"]

HOLDS_DATA = frozenset(
    {
        "aws_cloudwatch_log_group",
        "aws_kinesis_stream",
        "aws_kms_key",
        "aws_rds_cluster",
        "aws_s3_bucket",
        "aws_secretsmanager_secret",
        "aws_sqs_queue",
    }
)
"""Types whose deletion or replacement loses what is in them. A KMS key takes along what it encrypted."""


class Change(BaseModel):
    """What is planned for one resource.

    Attributes:
        address: As `aws_sqs_queue.jobs`.
        action: Terraform's `delete` and `create` together are `replace`; `adopt` is an import, with or without changes.
        type: Resource type.
        name: Its name in AWS where the plan knows it, else Terraform's.
        attributes: Which arguments change; for a replacement, those that force it. No values: they may be secret.
        loses_data: It is deleted or replaced and holds data.
    """

    address: str
    action: Action
    type: str
    name: str
    attributes: list[str]
    loses_data: bool


class ShardChange(BaseModel):
    """A change of a stream's shard count that Kinesis refuses in one step (UpdateShardCount).

    Attributes:
        address: Of the stream.
        before: Shards now.
        after: Shards planned.
    """

    address: str
    before: int
    after: int


class Plan(BaseModel):
    """What a deploy or destroy would do.

    Attributes:
        create: Number of resources to create, and so on.
        adopt: Number of resources that exist, and that Terraform takes into its state.
        changes: Losses of data first, then by action and address.
        shard_changes: Beyond double or half.
        outputs_change: Whether outputs change, even if no resource does.
    """

    create: int
    update: int
    replace: int
    delete: int
    adopt: int = 0
    changes: list[Change]
    shard_changes: list[ShardChange]
    outputs_change: bool

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.changes and not self.outputs_change

    @property
    def operations(self) -> int:
        """How many steps Terraform takes: a replacement is two, and so is an adoption that changes something."""
        twice = sum(
            change.action == "replace" or (change.action == "adopt" and bool(change.attributes))
            for change in self.changes
        )
        return len(self.changes) + twice


_ORDER: dict[Action, int] = {"replace": 0, "delete": 1, "adopt": 2, "update": 3, "create": 4}
_NAME_KEYS = (
    "name",
    "bucket",
    "identifier",  # before its cluster's, which a database instance names as well
    "cluster_identifier",
    "alarm_name",
    "dashboard_name",
    "family",
    "resource_id",
    "function_name",
)


def parse_plan(document: str | bytes) -> Plan:
    """Reads the output of `terraform show -json PLAN`."""
    plan = json.loads(document)
    resources = [one for one in plan.get("resource_changes", []) if one["mode"] == "managed"]
    changes = [change for one in resources if (change := _change(one)) is not None]
    changes.sort(key=lambda one: (not one.loses_data, _ORDER[one.action], one.address))
    counts = {action: sum(one.action == action for one in changes) for action in _ORDER}
    return Plan(
        **counts,
        changes=changes,
        shard_changes=[shards for one in resources if (shards := _shard_change(one)) is not None],
        outputs_change=any(one["actions"] != ["no-op"] for one in plan.get("output_changes", {}).values()),
    )


def _change(resource: Mapping[str, Any]) -> Change | None:
    change = resource["change"]
    action = _action(change["actions"])
    if "importing" in change and action != "replace":
        action = "adopt"
    if action is None:
        return None
    return Change(
        address=resource["address"],
        action=action,
        type=resource["type"],
        name=_name(resource),
        attributes=_attributes(change, action),
        loses_data=action in ("replace", "delete") and resource["type"] in HOLDS_DATA,
    )


def _action(actions: list[str]) -> Action | None:
    if "create" in actions and "delete" in actions:
        return "replace"
    action = actions[0]
    return action if action in ("create", "update", "delete") else None  # type: ignore[return-value]


def _name(resource: Mapping[str, Any]) -> str:
    values = {**(resource["change"]["before"] or {}), **(resource["change"]["after"] or {})}
    return name_in(values) or str(resource["name"])


def name_in(arguments: Mapping[str, Any]) -> str | None:
    """Returns the name in AWS that a resource's arguments give it, None if they give it none."""
    for key in _NAME_KEYS:
        if isinstance(arguments.get(key), str):
            return str(arguments[key])
    return (arguments.get("tags") or {}).get("Name")


def _attributes(change: Mapping[str, Any], action: Action) -> list[str]:
    if action == "replace" and change.get("replace_paths"):
        return sorted({str(path[0]) for path in change["replace_paths"]})
    if action in ("create", "delete") or change["actions"] == ["no-op"]:
        return []
    before, after = change["before"] or {}, change["after"] or {}
    unknown = {key for key, value in (change.get("after_unknown") or {}).items() if _is_unknown(value)}
    differing = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    return sorted(differing | unknown)


def _is_unknown(value: Any) -> bool:
    """Whether anything in a value of `after_unknown` is: blocks stand there with what is known of them as well."""
    if isinstance(value, dict):
        return any(_is_unknown(one) for one in value.values())
    return any(_is_unknown(one) for one in value) if isinstance(value, list) else bool(value)


def _shard_change(resource: Mapping[str, Any]) -> ShardChange | None:
    change = resource["change"]
    if resource["type"] != "aws_kinesis_stream" or _action(change["actions"]) != "update":
        return None
    before, after = change["before"].get("shard_count"), change["after"].get("shard_count")
    if not before or not after or before / 2 <= after <= before * 2:
        return None
    return ShardChange(address=resource["address"], before=before, after=after)
