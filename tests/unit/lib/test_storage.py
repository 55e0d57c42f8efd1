"""The buckets, on synthesized JSON."""

import pytest

from lib.cdk import TerraformStack
from lib.encryption import Encryption
from lib.iam import ServiceRole
from lib.naming import Naming
from lib.place import Place
from lib.storage import Storage
from tests.unit.lib.synthesis import Resource, Synthesized, allowed, statements, synthesize

ALL = ("access-logs", "raw", "processed", "evidence")


def storage(naming: Naming, place: Place, *, ephemeral: bool) -> Synthesized:
    def build(stack: TerraformStack) -> None:
        storage = Storage(
            stack,
            "storage",
            naming=naming,
            place=place,
            encryption=Encryption(stack, "encryption", naming=naming, place=place),
            ephemeral=ephemeral,
            audit_retention_years=7,
        )
        role = ServiceRole(stack, "worker", name="worker-role-t1", service="ecs-tasks.amazonaws.com")
        storage.raw.grant_read(role)
        storage.processed.grant_write(role)
        storage.processed.grant_delete(role)

    return synthesize(build)


@pytest.fixture(scope="module")
def lasting(naming: Naming, place: Place) -> Synthesized:
    return storage(naming, place, ephemeral=False)


@pytest.fixture(scope="module")
def ephemeral(naming: Naming, place: Place) -> Synthesized:
    return storage(naming, place, ephemeral=True)


def bucket_name(name: str) -> str:
    return f"{name}-bucket-t1-123456789012"


def of(stack: Synthesized, type_: str, name: str) -> Resource:
    bucket = stack.address("aws_s3_bucket", bucket=bucket_name(name))
    return stack.one(type_, bucket=f"${{{bucket}.bucket}}")


def test_an_ephemeral_environment_keeps_no_evidence(ephemeral: Synthesized, lasting: Synthesized) -> None:
    assert len(lasting.all("aws_s3_bucket")) == 4
    assert len(ephemeral.all("aws_s3_bucket")) == 3
    assert not ephemeral.all("aws_s3_bucket_object_lock_configuration")


@pytest.mark.parametrize("name", ALL)
def test_every_bucket_goes_with_its_content(lasting: Synthesized, name: str) -> None:
    assert lasting.one("aws_s3_bucket", bucket=bucket_name(name))["force_destroy"] is True


@pytest.mark.parametrize("name", ALL)
def test_no_bucket_can_become_public_or_hold_foreign_objects(lasting: Synthesized, name: str) -> None:
    block = of(lasting, "aws_s3_bucket_public_access_block", name)
    for setting in ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"):
        assert block[setting] is True
    ownership = of(lasting, "aws_s3_bucket_ownership_controls", name)
    assert ownership["rule"] == {"object_ownership": "BucketOwnerEnforced"}


@pytest.mark.parametrize("name", ALL)
def test_every_bucket_refuses_plain_http(lasting: Synthesized, name: str) -> None:
    deny = statements(of(lasting, "aws_s3_bucket_policy", name)["policy"])["DenyWithoutTls"]
    bucket = lasting.address("aws_s3_bucket", bucket=bucket_name(name))
    assert deny["Effect"] == "Deny"
    assert deny["Action"] == "s3:*"
    assert deny["Resource"] == [f"${{{bucket}.arn}}", f"${{{bucket}.arn}}/*"]
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize("name", ["raw", "processed", "evidence"])
def test_data_is_encrypted_with_the_environments_key_and_bucket_keys(lasting: Synthesized, name: str) -> None:
    (rule,) = of(lasting, "aws_s3_bucket_server_side_encryption_configuration", name)["rule"]
    assert rule["bucket_key_enabled"] is True
    assert rule["apply_server_side_encryption_by_default"] == {
        "sse_algorithm": "aws:kms",
        "kms_master_key_id": f"${{{lasting.address('aws_kms_key')}.arn}}",
    }


def test_access_logs_are_encrypted_by_s3_or_they_would_not_be_delivered(lasting: Synthesized) -> None:
    (rule,) = of(lasting, "aws_s3_bucket_server_side_encryption_configuration", "access-logs")["rule"]
    assert rule == {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}


def test_only_this_environments_buckets_deliver_access_logs(lasting: Synthesized) -> None:
    policy = statements(of(lasting, "aws_s3_bucket_policy", "access-logs")["policy"])
    delivery = policy["DeliverAccessLogs"]
    assert delivery["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert delivery["Action"] == "s3:PutObject"
    assert delivery["Condition"] == {
        "ArnLike": {
            "aws:SourceArn": [f"arn:aws:s3:::{bucket_name(name)}" for name in ("raw", "processed", "evidence")]
        },
        "StringEquals": {"aws:SourceAccount": "123456789012"},
    }


@pytest.mark.parametrize("name", ["raw", "processed", "evidence"])
def test_access_to_data_is_logged(lasting: Synthesized, name: str) -> None:
    logging = of(lasting, "aws_s3_bucket_logging", name)
    target = lasting.address("aws_s3_bucket", bucket=bucket_name("access-logs"))
    assert logging["target_bucket"] == f"${{{target}.bucket}}"
    assert logging["target_prefix"] == f"{name}/"


@pytest.mark.parametrize("name", ["access-logs", "raw", "processed"])
def test_versions_are_kept(lasting: Synthesized, name: str) -> None:
    versioning = of(lasting, "aws_s3_bucket_versioning", name)
    assert versioning["versioning_configuration"] == {"status": "Enabled"}


def test_evidence_is_locked_in_governance_mode_for_the_retention_period(lasting: Synthesized) -> None:
    assert lasting.one("aws_s3_bucket", bucket=bucket_name("evidence"))["object_lock_enabled"] is True
    lock = of(lasting, "aws_s3_bucket_object_lock_configuration", "evidence")
    assert lock["rule"] == {"default_retention": {"mode": "GOVERNANCE", "years": 7}}


@pytest.mark.parametrize("name", ALL)
def test_every_bucket_has_one_lifecycle_rule_that_cleans_up(lasting: Synthesized, name: str) -> None:
    (rule,) = of(lasting, "aws_s3_bucket_lifecycle_configuration", name)["rule"]
    assert rule["status"] == "Enabled"
    assert rule["filter"] == [{"prefix": ""}]
    assert rule["abort_incomplete_multipart_upload"] == [{"days_after_initiation": 7}]
    assert rule["noncurrent_version_expiration"][0]["noncurrent_days"] >= 1


def test_films_never_expire_but_sources_get_cheaper(lasting: Synthesized) -> None:
    for name in ("raw", "processed"):
        (rule,) = of(lasting, "aws_s3_bucket_lifecycle_configuration", name)["rule"]
        assert "days" not in rule["expiration"][0]
    (raw,) = of(lasting, "aws_s3_bucket_lifecycle_configuration", "raw")["rule"]
    assert raw["transition"] == [
        {"storage_class": "STANDARD_IA", "days": 30},
        {"storage_class": "GLACIER_IR", "days": 90},
    ]


def test_evidence_goes_only_after_its_lock(lasting: Synthesized) -> None:
    (rule,) = of(lasting, "aws_s3_bucket_lifecycle_configuration", "evidence")["rule"]
    assert rule["expiration"] == [{"days": 7 * 366}]


def test_a_reader_cannot_write_and_a_writer_cannot_delete(lasting: Synthesized) -> None:
    read, write, delete = (
        allowed(lasting.one("aws_iam_role_policy", name=name)["policy"])
        for name in ("read-raw", "write-processed", "delete-processed")
    )
    assert "s3:PutObject" not in read
    assert not {"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"} & (read | write)
    assert delete == {"s3:DeleteObject"}, "versions are for who was wrong to delete"
    assert {"kms:Decrypt", "kms:GenerateDataKey"} <= write
    assert "kms:GenerateDataKey" not in read
