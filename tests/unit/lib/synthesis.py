"""Synthesizes constructs, and finds resources in the Terraform JSON by type and properties."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lib.cdk import AwsProvider, TerraformStack, Testing

Resource = dict[str, Any]


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


def statements(policy: str) -> dict[str, Resource]:
    """The statements of a policy by their Sid."""
    return {statement["Sid"]: statement for statement in json.loads(policy)["Statement"]}


def allowed(policy: str) -> set[str]:
    """Every action that an identity policy allows."""
    return {action for statement in json.loads(policy)["Statement"] for action in statement["Action"]}
