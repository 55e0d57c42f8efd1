"""What counts as left behind, and what a sweep that could not look everywhere says."""

import json
from typing import Any

import pytest

from lib.naming import Naming
from streamflix_cli.deploy.sweep import Leftover, delete_leftovers, find_leftovers
from streamflix_cli.errors import StreamflixError
from tests.integration.sweep import leave
from tests.integration.sweep.account import ACCOUNT_ID, REGION, Account


def test_a_key_that_is_pending_deletion_is_gone(account: Account) -> None:
    naming = Naming("pending")
    key_id = leave.key(account, naming)
    account.client("kms").schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    assert account.sweep(naming) == []


def test_an_inactive_task_definition_is_gone(account: Account) -> None:
    naming = Naming("inactive")
    arn = leave.task_definition(account, naming)
    account.client("ecs").deregister_task_definition(taskDefinition=arn)
    assert account.sweep(naming) == []


def test_a_secret_that_is_scheduled_for_deletion_still_occupies_its_name(account: Account) -> None:
    naming = Naming("scheduled")
    arn = leave.secret(account, naming)
    account.client("secretsmanager").delete_secret(SecretId=arn, RecoveryWindowInDays=7)
    (found,) = account.sweep(naming)
    assert found.id == arn
    assert "scheduled for deletion" in found.detail
    assert account.delete([found]) == []
    assert account.sweep(naming) == []


def test_the_secret_that_rds_manages_is_found_while_its_cluster_lives(account: Account) -> None:
    naming = Naming("managed")
    leave.rds_cluster(account, naming)
    found = account.sweep(naming)
    assert {"rds_cluster", "secret"} <= {leftover.type for leftover in found}
    assert account.delete(found) == []


@pytest.mark.parametrize(("suffix", "count"), [("keys", 1), ("x-keys", 0)])
def test_an_api_key_is_told_from_its_neighbours_by_its_tags(account: Account, suffix: str, count: int) -> None:
    """`api-key-a-x-keys` is the key `a` of `x-keys`, or the key `a-x` of `keys`."""
    owner = Naming("keys")
    tags = [{"Key": "Environment", "Value": suffix}, {"Key": "Project", "Value": "streamflix"}]
    secrets = account.client("secretsmanager")
    arn = secrets.create_secret(Name="api-key-a-x-keys", SecretString="x", Tags=tags)["ARN"]
    try:
        assert len(account.sweep(owner)) == count
    finally:
        secrets.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


def test_a_resource_of_another_name_is_found_by_its_tags(account: Account) -> None:
    naming = Naming("tagged")
    tags = {"Environment": naming.suffix, "Project": "streamflix"}
    account.client("sqs").create_queue(QueueName="renamed", tags=tags)
    account.client("sqs").create_queue(QueueName="elsewhere", tags={**tags, "Project": "other"})
    (found,) = account.sweep(naming)
    assert (found.type, found.id, found.found_by) == ("sqs_queue", "renamed", "tag")
    assert account.delete([found]) == []


def test_more_than_one_page_is_read(account: Account) -> None:
    naming = Naming("pages")
    logs = account.client("logs")
    names = {f"/streamflix/pages/{number:03}" for number in range(120)}
    for name in names:
        logs.create_log_group(logGroupName=name)
    found = account.sweep(naming)
    assert {leftover.id for leftover in found} == names
    assert account.delete(found) == []


def test_objects_under_governance_lock_are_deleted(account: Account) -> None:
    naming = Naming("locked")
    s3, name = account.client("s3"), naming.bucket("evidence-bucket", ACCOUNT_ID)
    s3.create_bucket(
        Bucket=name,
        CreateBucketConfiguration={"LocationConstraint": REGION},
        ObjectLockEnabledForBucket=True,
    )
    retention: dict[str, Any] = {"Mode": "GOVERNANCE", "Years": 7}
    s3.put_object_lock_configuration(
        Bucket=name,
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}},
    )
    s3.put_object(Bucket=name, Key="head.json", Body=b"{}")
    (found,) = account.sweep(naming)
    assert found.detail == "holds objects"
    assert account.delete([found]) == []


def test_deleting_what_is_gone_is_no_failure(account: Account) -> None:
    naming = Naming("twice")
    leave.route_table(account, naming)
    leave.service(account, naming)
    found = account.sweep(naming)
    assert account.delete(found) == []
    assert account.delete(found) == []


def test_what_cannot_be_deleted_is_returned_with_the_reason(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    naming = Naming("stuck")
    instance = leave.rds_instance(account, naming)
    monkeypatch.setattr("streamflix_cli.deploy.sweep.probers.rds.RdsCluster.patience_seconds", 0)
    cluster = Leftover(type="rds_cluster", id=naming.of("aurora-cluster"), found_by="name")
    (remaining,) = account.delete([cluster])
    assert "still contains DB instances" in remaining.detail
    assert account.delete([cluster, Leftover(type="rds_instance", id=instance, found_by="name")]) == []


def test_what_may_not_be_listed_is_named_and_what_was_found_is_kept(account: Account) -> None:
    naming = Naming("denied")
    queue = leave.queue(account, naming)
    with account.limited_to(["sqs:*"]) as session, pytest.raises(StreamflixError) as raised:
        find_leftovers(
            session,
            naming=naming,
            account_id=ACCOUNT_ID,
            region=REGION,
            endpoint=account.endpoint,
            settle_seconds=0,
        )
    assert raised.value.code == "SWEEP_INCOMPLETE"
    assert "vpc_endpoint: AccessDenied" in raised.value.message
    assert isinstance(raised.value.data, dict)
    assert "kinesis_stream" in raised.value.data["unchecked"]
    assert "sqs_queue" not in raised.value.data["unchecked"]
    assert [leftover["id"] for leftover in raised.value.data["leftovers"]] == [queue]


def test_what_may_not_be_deleted_is_not_tried_for_long(account: Account) -> None:
    naming = Naming("refused")
    leave.queue(account, naming)
    (found,) = account.sweep(naming)
    with account.limited_to(["sqs:Get*"]) as session:
        (remaining,) = delete_leftovers(session, [found], region=REGION, endpoint=account.endpoint)
    assert "not authorized to perform: sqs:DeleteQueue" in remaining.detail
    assert json.loads(remaining.model_dump_json())["id"] == found.id
