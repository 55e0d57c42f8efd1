"""Generated secrets and their rotation, on synthesized JSON."""

import base64
import hashlib
import json
import zipfile

import pytest

from lib.rotation.package import archive, archive_hash
from tests.unit.lib.synthesis import Synthesized

GENERATED = {
    "database-app-secret-t1",
    "database-operator-secret-t1",
    "pseudonym-key-t1",
    "audit-key-t1",
    "api-key-webhook-signing-t1",
}


def written(pipeline: Synthesized, name: str) -> str:
    reference = f"${{{pipeline.address('aws_secretsmanager_secret', name=name)}.id}}"
    value: str = pipeline.one("aws_secretsmanager_secret_version", secret_id=reference)["secret_string_wo"]
    return value


def test_every_secret_goes_at_once_when_it_is_destroyed(pipeline: Synthesized) -> None:
    secrets = pipeline.all("aws_secretsmanager_secret")
    assert {secret["name"] for secret in secrets} == GENERATED
    assert {secret["recovery_window_in_days"] for secret in secrets} == {0}


@pytest.mark.parametrize("name", sorted(GENERATED))
def test_every_value_is_drawn_by_an_ephemeral_block_of_its_own(pipeline: Synthesized, name: str) -> None:
    block = name.replace("-", "_")
    assert block in pipeline.document["ephemeral"]["aws_secretsmanager_random_password"]
    assert f"${{ephemeral.aws_secretsmanager_random_password.{block}.random_password}}" in written(pipeline, name)


def test_generated_values_need_no_escaping_in_json(pipeline: Synthesized) -> None:
    for block in pipeline.document["ephemeral"]["aws_secretsmanager_random_password"].values():
        assert block["exclude_punctuation"] is True
        assert block["password_length"] >= 40


@pytest.mark.parametrize(
    ("name", "user"), [("database-app-secret-t1", "app"), ("database-operator-secret-t1", "operator")]
)
def test_database_credentials_say_where_to_connect(pipeline: Synthesized, name: str, user: str) -> None:
    value = json.loads(written(pipeline, name))
    assert value["username"] == user
    assert value["host"] == f"${{{pipeline.address('aws_rds_cluster')}.endpoint}}"
    assert (value["engine"], value["port"], value["dbname"]) == ("postgres", 5432, "streamflix")


def test_a_rotation_is_never_undone_by_terraform(pipeline: Synthesized) -> None:
    for version in pipeline.all("aws_secretsmanager_secret_version"):
        assert version["secret_string_wo_version"] == 1
        # A version that keeps a label is never removed, so Terraform never finds it gone and writes it anew.
        assert set(version["version_stages"]) == {"AWSCURRENT", "TERRAFORM"}
        assert version["lifecycle"]["ignore_changes"] == ["version_stages"]


def test_owner_application_and_operator_passwords_rotate_on_schedule_and_not_at_once(pipeline: Synthesized) -> None:
    rotations = pipeline.all("aws_secretsmanager_secret_rotation")
    assert len(rotations) == 3
    for rotation in rotations:
        assert rotation["rotate_immediately"] is False
        assert rotation["rotation_rules"] == {"automatically_after_days": 30}
    managed = [rotation for rotation in rotations if "rotation_lambda_arn" not in rotation]
    assert [rotation["secret_id"] for rotation in managed] == [
        f"${{{pipeline.address('aws_rds_cluster')}.master_user_secret[0].secret_arn}}"
    ]


def test_schedules_wait_until_the_function_can_be_called_and_reach_the_database(pipeline: Synthesized) -> None:
    waits = {
        pipeline.address("aws_lambda_permission"),
        pipeline.address("aws_rds_cluster_instance", identifier="aurora-instance-1-t1"),
    }
    for rotation in pipeline.all("aws_secretsmanager_secret_rotation"):
        if "rotation_lambda_arn" in rotation:
            assert waits <= set(rotation["depends_on"])


def test_only_secrets_manager_of_this_account_may_call_the_function(pipeline: Synthesized) -> None:
    permission = pipeline.one("aws_lambda_permission")
    assert permission["principal"] == "secretsmanager.amazonaws.com"
    assert "account_id" in permission["source_account"]


def test_the_function_may_rotate_the_two_secrets_and_read_the_owners(pipeline: Synthesized) -> None:
    policies = pipeline.inline_policies("rotation-function-role-t1")
    rotate, random, owner, _ = policies["rotate-secrets"]
    assert len(rotate["Resource"]) == 2
    assert "secretsmanager:resource/AllowRotationLambdaArn" in rotate["Condition"]["StringEquals"]
    assert random["Action"] == ["secretsmanager:GetRandomPassword"]
    assert owner["Action"] == ["secretsmanager:GetSecretValue"]
    assert "master_user_secret" in owner["Resource"][0]
    assert policies["set-passwords"][0]["Action"] == ["rds-data:ExecuteStatement"]


def test_the_functions_log_is_declared_before_it(pipeline: Synthesized) -> None:
    function = pipeline.one("aws_lambda_function")
    assert (
        pipeline.address("aws_cloudwatch_log_group", name="/aws/lambda/rotation-function-t1") in function["depends_on"]
    )
    assert "dead_letter_config" in function
    assert "vpc_config" not in function
    assert "reserved_concurrent_executions" not in function


def test_the_package_is_the_same_bytes_whenever_and_wherever_it_is_made(pipeline: Synthesized) -> None:
    with zipfile.ZipFile(archive()) as package:
        (entry,) = package.infolist()
    assert (entry.filename, entry.date_time, entry.compress_type) == ("handler.py", (1980, 1, 1, 0, 0, 0), 0)
    assert entry.external_attr >> 16 == 0o644
    function = pipeline.one("aws_lambda_function")
    digest = base64.b64encode(hashlib.sha256(archive().read_bytes()).digest()).decode()
    assert function["source_code_hash"] == archive_hash() == digest
