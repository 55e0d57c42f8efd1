"""The operator's managed policy, on synthesized JSON."""

import ast
import json
import re
from functools import cache
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.model import ServiceModel
from botocore.session import get_session

import streamflix_cli.pipeline
from tests.unit.lib.synthesis import Resource, Synthesized, action_of, allowed

CLIENT = Path(str(streamflix_cli.pipeline.__file__)).parent
CLIENTS = {"_s3": "s3", "s3": "s3", "_kinesis": "kinesis", "sqs": "sqs"}
"""What boto3 clients are called there, where they are not asked for on the spot."""

MANAGED_POLICY_CHARACTERS = 6144
"""Without white space (IAM quotas)."""
LONGEST_REFERENCE = (
    "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:database-operator-secret-abcdefghijklmnopqrst-a1b2c3"
)


@pytest.fixture(scope="module")
def policy(pipeline: Synthesized) -> str:
    return str(pipeline.one("aws_iam_policy", name="operator-policy-t1")["policy"])


def called() -> set[str]:
    """The action of every call that the client of a running pipeline makes."""
    actions = set()
    for path in CLIENT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    ast.Attribute(ast.Call(ast.Attribute(_, "client"), [ast.Constant(str() as service)]), name)
                ):
                    pass
                case ast.Call(ast.Attribute(ast.Name(owner) | ast.Attribute(_, owner), name)) if owner in CLIENTS:
                    service = CLIENTS[owner]
                case _:
                    continue
            asked = ast.literal_eval(node.args[0]) if name == "get_paginator" else name
            operations = {xform_name(one): one for one in model(service).operation_names}
            actions.add(action_of(service, operations[asked]))
    return actions


@cache
def model(service: str) -> ServiceModel:
    return get_session().get_service_model(service)


def test_it_allows_every_call_of_the_client(policy: str) -> None:
    calls = called()
    assert {"kinesis:PutRecord", "s3:PutObject", "rds-data:ExecuteStatement", "sqs:ReceiveMessage"} <= calls
    # Everybody may ask who they are.
    assert calls - {"sts:GetCallerIdentity"} <= allowed(policy)
    assert {"kms:Decrypt", "kms:GenerateDataKey"} <= allowed(policy)


def test_it_changes_nothing_that_is_deployed(policy: str) -> None:
    verbs = {action.partition(":")[2] for action in allowed(policy)}
    assert not [verb for verb in verbs if re.match(r"(Create|Update|Modify|Run|Stop|Start|Put(?!Object|Record))", verb)]


def test_it_reads_the_operators_credentials_and_the_pseudonym_key_alone(pipeline: Synthesized, policy: str) -> None:
    (statement,) = _with(policy, "secretsmanager:GetSecretValue")
    names = ("database-operator-secret-t1", "pseudonym-key-t1")
    addresses = [pipeline.address("aws_secretsmanager_secret", name=name) for name in names]
    assert statement["Resource"] == [f"${{{address}.arn}}" for address in addresses]


def test_it_names_a_resource_wherever_the_service_has_one(policy: str) -> None:
    unnamed = [s for s in json.loads(policy)["Statement"] if s["Resource"] == ["*"]]
    assert {action for statement in unnamed for action in statement["Action"]} == {
        "cloudwatch:GetMetricData",
        "ecs:ListTasks",
    }
    (tasks,) = _with(policy, "ecs:ListTasks")
    assert "ecs:cluster" in tasks["Condition"]["ArnEquals"]


def test_submissions_that_failed_in_the_pipe_can_be_looked_at_but_not_taken(pipeline: Synthesized, policy: str) -> None:
    pipe = f"${{{pipeline.address('aws_sqs_queue', name='pipe-dead-letter-queue-t1')}.arn}}"
    (look,) = _with(policy, "sqs:GetQueueAttributes")
    (take,) = _with(policy, "sqs:ReceiveMessage")
    assert pipe in look["Resource"]
    assert pipe not in take["Resource"]


def test_it_fits_into_a_managed_policy_with_the_longest_names(policy: str) -> None:
    compact = json.dumps(json.loads(policy), separators=(",", ":"))
    resolved = re.sub(r"\$\{aws_[^}]+\.arn\}", LONGEST_REFERENCE, compact)
    assert len(resolved) <= MANAGED_POLICY_CHARACTERS


def _with(policy: str, action: str) -> list[Resource]:
    return [statement for statement in json.loads(policy)["Statement"] if action in statement["Action"]]
