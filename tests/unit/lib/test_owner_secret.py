"""Whoever has the owner's secret owns the database: who may read it, whatever way a policy says so."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase

from tests.unit.lib.synthesis import Resource, Synthesized

OWNER = "arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!cluster-01234567-89ab-cdef-0123-456789abcdef-AbCdEf"


def identities(pipeline: Synthesized) -> Iterator[tuple[str, list[Resource]]]:
    """Every role and managed policy of the stack, with all statements."""
    for role in pipeline.all("aws_iam_role"):
        policies = pipeline.inline_policies(role["name"]).values()
        yield role["name"], [statement for policy in policies for statement in policy]
    for policy in pipeline.all("aws_iam_policy"):
        yield policy["name"], json.loads(policy["policy"])["Statement"]


def test_the_migrations_and_the_rotation_alone_read_it(pipeline: Synthesized) -> None:
    reference = f"${{{pipeline.address('aws_rds_cluster')}.master_user_secret[0].secret_arn}}"

    def reads(statement: Resource) -> bool:
        assert not {"NotAction", "NotResource"} & set(statement)
        resources = [resource.replace(reference, OWNER) for resource in statement["Resource"]]
        return any(fnmatchcase("secretsmanager:GetSecretValue", action) for action in statement["Action"]) and any(
            fnmatchcase(OWNER, resource) for resource in resources
        )

    readers = {name for name, statements in identities(pipeline) if any(map(reads, statements))}

    assert readers == {"migrate-role-t1", "rotation-function-role-t1"}
    assert {"worker-role-t1", "housekeep-role-t1", "operator-policy-t1"} < {name for name, _ in identities(pipeline)}


def test_every_policy_of_the_stack_is_looked_at(pipeline: Synthesized) -> None:
    kinds = {type_ for type_ in pipeline.document["resource"] if type_.startswith("aws_iam_")}
    assert kinds <= {"aws_iam_role", "aws_iam_role_policy", "aws_iam_policy", "aws_iam_role_policy_attachment"}
    attached = {one["policy_arn"] for one in pipeline.all("aws_iam_role_policy_attachment")}
    assert attached <= {f"${{{pipeline.address('aws_iam_policy')}.arn}}"}
