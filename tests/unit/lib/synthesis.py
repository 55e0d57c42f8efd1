"""Synthesizes constructs, and finds resources in the Terraform JSON by type and properties."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lib.cdk import AwsProvider, TerraformStack, Testing
from lib.profile import Profile
from lib.tap_stack import TapStack

Resource = dict[str, Any]

S3_ACTIONS = {
    "CompleteMultipartUpload": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteObjects": "DeleteObject",
    "HeadObject": "GetObject",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "UploadPart": "PutObject",
}
"""Operations of S3 whose permission has another name (IAM service authorization reference)."""


@dataclass(frozen=True)
class Synthesized:
    """A stack's Terraform JSON."""

    document: dict[str, Any]

    def all(self, type_: str) -> list[Resource]:
        """Every resource of a type."""
        return list(self.document["resource"].get(type_, {}).values())

    def one(self, type_: str, **properties: object) -> Resource:
        """The only resource of a type that has these properties."""
        found = [
            resource
            for resource in self.all(type_)
            if all(resource.get(key) == value for key, value in properties.items())
        ]
        assert len(found) == 1, f"{len(found)} of {type_} with {properties}"
        return found[0]

    def inline_policies(self, role: str) -> dict[str, list[Resource]]:
        """The statements of each inline policy of a role, by the policy's name."""
        reference = f"${{{self.address('aws_iam_role', name=role)}.id}}"
        return {
            policy["name"]: json.loads(policy["policy"])["Statement"]
            for policy in self.all("aws_iam_role_policy")
            if policy["role"] == reference
        }

    def address(self, type_: str, **properties: object) -> str:
        """The address of the only resource of a type that has these properties."""
        wanted = self.one(type_, **properties)
        return next(
            f"{type_}.{id_}" for id_, resource in self.document["resource"][type_].items() if resource is wanted
        )


def synthesize(build: Callable[[TerraformStack], object]) -> Synthesized:
    """Synthesizes, with CDKTF's validations on, a stack that `build` fills."""
    stack = TerraformStack(Testing.app(), "test")
    AwsProvider(stack, "aws", region="us-east-1")
    build(stack)
    return Synthesized(json.loads(Testing.synth(stack, True)))


def synthesize_pipeline(profile: Profile, *, suffix: str = "t1") -> Synthesized:
    """Synthesizes, with CDKTF's validations on, the whole stack of an environment."""
    stack = TapStack(Testing.app(), "test", profile=profile, environment_suffix=suffix)
    return Synthesized(json.loads(Testing.synth(stack, True)))


def statements(policy: str) -> dict[str, Resource]:
    """The statements of a policy by their Sid."""
    return {statement["Sid"]: statement for statement in json.loads(policy)["Statement"]}


def allowed(policy: str) -> set[str]:
    """Every action that an identity policy allows."""
    return {action for statement in json.loads(policy)["Statement"] for action in statement["Action"]}


def action_of(service: str, operation: str) -> str:
    """The IAM action that an operation of a service needs."""
    return f"{service}:{S3_ACTIONS.get(operation, operation) if service == 's3' else operation}"
