"""Common errors get a next step. The texts are Terraform's and the AWS provider's."""

import pytest

from streamflix_cli.deploy.hints import hint_for

LOCKED = """Error acquiring the state lock

Error message: operation error S3: PutObject, https response error StatusCode:
412, RequestID: 1, api error PreconditionFailed
Lock Info:
  ID:        1a2b-3c
  Path:      streamflix-state/streamflix/dev/terraform.tfstate
  Operation: OperationTypeApply
  Who:       maria@laptop
  Version:   1.11.4
  Created:   2026-01-02 03:04:05 +0000 UTC
  Info:

Terraform acquires a state lock to protect the state from being written
by multiple users at the same time."""


def test_a_held_state_lock_names_its_holder_and_how_to_release_it() -> None:
    hint = hint_for(LOCKED)
    assert hint is not None
    assert "maria@laptop since 2026-01-02 03:04:05 +0000 UTC" in hint
    assert "`streamflix unlock`" in hint


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("api error ExpiredToken: The security token included in the request is expired", "aws sso login"),
        ("No valid credential sources found", "AWS_PROFILE"),
        (
            "api error AccessDenied: User: arn:aws:iam::1:user/x is not authorized to perform: kms:CreateKey on",
            "kms:CreateKey",
        ),
        ("api error AccessDenied: Access Denied", "permission"),
        ("api error AddressLimitExceeded: The maximum number of addresses has been reached", "Service Quotas"),
        ("api error BucketAlreadyOwnedByYou: ", "adopts"),
        ("api error EntityAlreadyExists: Role with name worker-role-dev already exists.", "adopts"),
        (
            "api error KMSInvalidStateException: arn:aws:kms:us-east-1:1:key/x is pending deletion.",
            "cancel-key-deletion",
        ),
        (
            "api error DependencyViolation: The vpc 'vpc-1' has dependencies and cannot be deleted.",
            "outside of this stack",
        ),
        (
            "api error InvalidParameterCombination: Cannot find version 16.99 for aurora-postgresql",
            "database.engine_version",
        ),
        ("write terraform.tfstate: no space left on device", "disk is full"),
        ("Failed to query available provider packages", "STREAMFLIX_PROVIDER_MIRROR"),
        ('Error: Failed to get existing workspaces: S3 bucket "x" does not exist.', "state bucket"),
        ("dial tcp: lookup sts.us-east-1.amazonaws.com: no such host", "HTTPS_PROXY"),
        ("api error ThrottlingException: Rate exceeded", "throttled"),
    ],
)
def test_a_common_error_has_a_hint(error: str, expected: str) -> None:
    assert expected in (hint_for(error) or "")


def test_an_uncommon_error_has_none() -> None:
    assert hint_for("invalid queue name: bad.name") is None
