"""Roles, and grants on them: each grant is one inline policy, named after what it allows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lib.cdk import Construct, IamRole, IamRolePolicy
from lib.tags import data_class


@dataclass(frozen=True)
class Statement:
    """One Allow statement.

    Args:
        actions: IAM actions, named.
        resources: ARNs (tokens allowed).
        conditions: Condition block, as `{"StringEquals": {"aws:SourceAccount": …}}`.
    """

    actions: Sequence[str]
    resources: Sequence[str]
    conditions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The statement as IAM writes it."""
        statement: dict[str, Any] = {
            "Effect": "Allow",
            "Action": sorted(self.actions),
            "Resource": list(self.resources),
        }
        if self.conditions:
            statement["Condition"] = {key: dict(value) for key, value in self.conditions.items()}
        return statement


def policy_document(*statements: Statement) -> str:
    """The JSON of an identity policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement.to_json() for statement in statements]})


class ServiceRole(Construct):
    """A role that one AWS service may assume.

    Args:
        name: Name of the role.
        service: Service principal, as `ecs-tasks.amazonaws.com`.
        source_account: When given, only on behalf of this account (confused deputy).
        source_arn: When given, only on behalf of resources that match this ARN pattern.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        service: str,
        source_account: str | None = None,
        source_arn: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        conditions: dict[str, dict[str, str]] = {}
        if source_account:
            conditions["StringEquals"] = {"aws:SourceAccount": source_account}
        if source_arn:
            conditions["ArnLike"] = {"aws:SourceArn": source_arn}
        trust: dict[str, Any] = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        if conditions:
            trust["Condition"] = conditions
        self.policies: list[IamRolePolicy] = []
        """Inline policies so far: a resource that uses its role at once waits for them."""
        self.role = IamRole(
            self,
            "role",
            name=name,
            assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
            force_detach_policies=True,
            tags=data_class("internal"),
        )
        self._role_id = str(self.role.id)

    @cached_property
    def arn(self) -> str:
        """ARN of the role."""
        return str(self.role.arn)

    @cached_property
    def name(self) -> str:
        """Name of the role (a token)."""
        return str(self.role.name)

    def allow(self, what: str, *statements: Statement) -> None:
        """Adds an inline policy.

        Args:
            what: Its name within the role, a verb and an object: `consume-jobs`.
            statements: What it allows.
        """
        policy = IamRolePolicy(self, what, name=what, role=self._role_id, policy=policy_document(*statements))
        self.policies.append(policy)
