"""Synthesizes constructs and reads the resulting Terraform JSON by type."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from lib.cdk import AwsProvider, TerraformStack, Testing
from lib.naming import Naming
from lib.place import Place

StackJson = dict[str, Any]
Synthesize = Callable[[Callable[[TerraformStack], None]], StackJson]


def synthesize_stack(build: Callable[[TerraformStack], None]) -> StackJson:
    """The Terraform JSON of a stack that `build` fills."""
    stack = TerraformStack(Testing.app(), "test")
    AwsProvider(stack, "aws", region="us-east-1")
    build(stack)
    document: StackJson = json.loads(Testing.synth(stack, True))
    return document


@pytest.fixture(scope="session")
def synthesize() -> Synthesize:
    return synthesize_stack


@pytest.fixture(scope="session")
def naming() -> Naming:
    return Naming("t1")


@pytest.fixture(scope="session")
def place() -> Place:
    return Place(account_id="123456789012", region="us-east-1")
