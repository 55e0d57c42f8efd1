"""The key and its policy, on synthesized JSON."""

from typing import Any

import pytest

from lib.cdk import TerraformStack
from lib.encryption import Encryption
from lib.iam import ServiceRole
from lib.naming import Naming
from lib.place import Place
from tests.unit.lib.synthesis import Synthesized, allowed, statements, synthesize


@pytest.fixture(scope="module")
def stack(naming: Naming, place: Place) -> Synthesized:
    def build(stack: TerraformStack) -> None:
        encryption = Encryption(stack, "encryption", naming=naming, place=place)
        role = ServiceRole(stack, "worker", name="worker-role-t1", service="ecs-tasks.amazonaws.com")
        encryption.grant_decrypt(role, "secretsmanager", "sqs")
        encryption.grant_encrypt(role)

    return synthesize(build)


@pytest.fixture(scope="module")
def policy(stack: Synthesized) -> dict[str, dict[str, Any]]:
    return statements(stack.one("aws_kms_key")["policy"])


def test_the_key_rotates_and_goes_after_a_week(stack: Synthesized) -> None:
    key = stack.one("aws_kms_key")
    assert key["enable_key_rotation"] is True
    assert key["deletion_window_in_days"] == 7


def test_the_key_has_an_alias(stack: Synthesized) -> None:
    alias = stack.one("aws_kms_alias", name="alias/kms-key-t1")
    assert alias["target_key_id"] == f"${{{stack.address('aws_kms_key')}.key_id}}"


def test_the_account_decides_by_iam_who_uses_the_key(policy: dict[str, dict[str, Any]]) -> None:
    assert policy["DelegateToIam"]["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}


def test_nobody_outside_the_account_and_the_named_services_is_admitted(policy: dict[str, dict[str, Any]]) -> None:
    services = {statement["Principal"].get("Service") for statement in policy.values()} - {None}
    assert services == {
        "logs.us-east-1.amazonaws.com",
        "cloudwatch.amazonaws.com",
        "events.amazonaws.com",
        "fargate.amazonaws.com",
    }


def test_logs_may_use_the_key_for_this_environments_groups_alone(policy: dict[str, dict[str, Any]]) -> None:
    condition = policy["EncryptLogGroups"]["Condition"]
    group = "arn:aws:logs:us-east-1:123456789012:log-group:"
    assert condition == {
        "ArnLike": {
            "kms:EncryptionContext:aws:logs:arn": [
                f"{group}/streamflix/t1/*",
                f"{group}/aws/vendedlogs/pipes/ingest-pipe-t1",
                f"{group}/aws/ecs/containerinsights/ecs-cluster-t1/*",
                f"{group}/aws/rds/cluster/aurora-cluster-t1/*",
                f"{group}/aws/lambda/rotation-function-t1",
            ]
        }
    }


def test_alarms_of_this_environment_alone_reach_the_encrypted_topic(policy: dict[str, dict[str, Any]]) -> None:
    assert policy["PublishAlarms"]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:alarm-*-t1"},
    }


def test_event_rules_are_admitted_without_a_condition_that_would_drop_their_events(
    policy: dict[str, dict[str, Any]],
) -> None:
    assert policy["PublishEvents"]["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert "Condition" not in policy["PublishEvents"]


def test_fargate_may_use_the_key_for_this_cluster_alone(policy: dict[str, dict[str, Any]]) -> None:
    for sid in ("EncryptTaskStorage", "DecryptTaskStorage"):
        assert policy[sid]["Condition"]["StringEquals"] == {
            "kms:EncryptionContext:aws:ecs:clusterAccount": "123456789012",
            "kms:EncryptionContext:aws:ecs:clusterName": "ecs-cluster-t1",
        }
    assert policy["DecryptTaskStorage"]["Condition"]["ForAllValues:StringEquals"] == {
        "kms:GrantOperations": ["Decrypt"]
    }


def test_a_grant_to_decrypt_holds_through_the_named_services_alone(stack: Synthesized) -> None:
    policy = stack.one("aws_iam_role_policy", name="decrypt-secretsmanager-sqs")["policy"]
    assert allowed(policy) == {"kms:Decrypt"}
    assert '"kms:ViaService": ["secretsmanager.us-east-1.amazonaws.com", "sqs.us-east-1.amazonaws.com"]' in policy


def test_a_grant_to_encrypt_includes_decrypting_data_keys(stack: Synthesized) -> None:
    policy = stack.one("aws_iam_role_policy", name="encrypt")["policy"]
    assert allowed(policy) == {"kms:Decrypt", "kms:GenerateDataKey"}
