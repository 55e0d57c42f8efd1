"""A private S3 bucket with everything that one needs to hold other people's films."""

import json
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from lib.cdk import (
    Construct,
    S3Bucket,
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLoggingA,
    S3BucketObjectLockConfigurationA,
    S3BucketObjectLockConfigurationRuleA,
    S3BucketObjectLockConfigurationRuleDefaultRetentionA,
    S3BucketOwnershipControls,
    S3BucketOwnershipControlsRule,
    S3BucketPolicy,
    S3BucketPublicAccessBlock,
    S3BucketServerSideEncryptionConfigurationA,
    S3BucketServerSideEncryptionConfigurationRuleA,
    S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA,
    S3BucketVersioningA,
    S3BucketVersioningVersioningConfiguration,
)
from lib.encryption import Encryption
from lib.iam import ServiceRole, Statement
from lib.tags import DataClass, data_class

LIST = ("s3:ListBucket",)
"""Without it S3 answers for an object that is not there as for one that is forbidden."""
READ = ("s3:GetObject", "s3:GetObjectVersion")
WRITE = ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject")
DELETE = ("s3:DeleteObject",)
"""Versions stay, until the lifecycle ends them."""


class Bucket(Construct):
    """A versioned bucket: private, encrypted, TLS only, emptied when it is destroyed.

    Args:
        name: Name of the bucket, unique over all accounts.
        holds: What is in it.
        encryption: Key that encrypts the objects; without one S3 uses its own (SSE-S3).
        lifecycle: Lifecycle rules, at least one.
        access_logs: The bucket that server access logs go to.
        access_logs_prefix: Beginning of their keys.
        policy: Statements of the bucket's policy beside the one that demands TLS.
        locked_years: When given, no object version can be deleted for so many years but by who may bypass
            governance, which Terraform does on destroy.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        holds: DataClass,
        encryption: Encryption | None,
        lifecycle: Sequence[S3BucketLifecycleConfigurationRule],
        access_logs: "Bucket | None" = None,
        access_logs_prefix: str = "",
        policy: Sequence[dict[str, Any]] = (),
        locked_years: int | None = None,
    ) -> None:
        super().__init__(scope, id)
        self._id = id
        self._encryption = encryption
        self._bucket = S3Bucket(
            self,
            "bucket",
            bucket=name,
            force_destroy=True,
            object_lock_enabled=True if locked_years else None,
            tags=data_class(holds),
        )
        self._close(policy)
        self._encrypt()
        versioning = self._keep_versions(locked_years)
        S3BucketLifecycleConfiguration(
            self, "lifecycle", bucket=self.name, rule=list(lifecycle), depends_on=[versioning]
        )
        if access_logs is not None:
            S3BucketLoggingA(
                self,
                "logging",
                bucket=self.name,
                target_bucket=access_logs.name,
                target_prefix=access_logs_prefix,
                depends_on=[access_logs._policy],
            )

    @cached_property
    def name(self) -> str:
        """Name of the bucket."""
        return str(self._bucket.bucket)

    @cached_property
    def arn(self) -> str:
        """ARN of the bucket."""
        return str(self._bucket.arn)

    def statement_read(self) -> list[Statement]:
        """Permission to list and read objects, and to use the key for it."""
        statements = [Statement(LIST, [self.arn]), Statement(READ, [f"{self.arn}/*"])]
        if self._encryption is not None:
            statements.append(self._encryption.statement_decrypt("s3"))
        return statements

    def statement_write(self) -> list[Statement]:
        """Permission to write objects, and to use the key for it; an older version stays."""
        statements = [Statement(WRITE, [f"{self.arn}/*"])]
        if self._encryption is not None:
            statements.append(self._encryption.statement_encrypt("s3"))
        return statements

    def statement_delete(self) -> Statement:
        """Permission to delete objects; their versions stay."""
        return Statement(DELETE, [f"{self.arn}/*"])

    def grant_read(self, role: ServiceRole) -> None:
        """Lets a role list and read objects."""
        role.allow(f"read-{self._id}", *self.statement_read())

    def grant_write(self, role: ServiceRole) -> None:
        """Lets a role write objects."""
        role.allow(f"write-{self._id}", *self.statement_write())

    def grant_delete(self, role: ServiceRole) -> None:
        """Lets a role delete objects; their versions stay."""
        role.allow(f"delete-{self._id}", self.statement_delete())

    def _close(self, policy: Sequence[dict[str, Any]]) -> None:
        S3BucketOwnershipControls(
            self,
            "ownership",
            bucket=self.name,
            rule=S3BucketOwnershipControlsRule(object_ownership="BucketOwnerEnforced"),
        )
        block = S3BucketPublicAccessBlock(
            self,
            "public-access-block",
            bucket=self.name,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        tls_only = {
            "Sid": "DenyWithoutTls",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "s3:*",
            "Resource": [self.arn, f"{self.arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        self._policy = S3BucketPolicy(
            self,
            "policy",
            bucket=self.name,
            policy=json.dumps({"Version": "2012-10-17", "Statement": [tls_only, *policy]}),
            depends_on=[block],  # S3 refuses two changes of a bucket's access at once (OperationAborted).
        )

    def _encrypt(self) -> None:
        default = S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA
        key = None if self._encryption is None else self._encryption.key_arn
        S3BucketServerSideEncryptionConfigurationA(
            self,
            "encryption",
            bucket=self.name,
            rule=[
                S3BucketServerSideEncryptionConfigurationRuleA(
                    apply_server_side_encryption_by_default=default(
                        sse_algorithm="aws:kms" if key else "AES256", kms_master_key_id=key
                    ),
                    bucket_key_enabled=True if key else None,
                )
            ],
        )

    def _keep_versions(self, locked_years: int | None) -> S3BucketVersioningA | S3BucketObjectLockConfigurationA:
        if locked_years is None:
            return S3BucketVersioningA(
                self,
                "versioning",
                bucket=self.name,
                versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
            )
        # A bucket made with object lock is versioned for good; S3 refuses to be told so again.
        return S3BucketObjectLockConfigurationA(
            self,
            "object-lock",
            bucket=self.name,
            rule=S3BucketObjectLockConfigurationRuleA(
                default_retention=S3BucketObjectLockConfigurationRuleDefaultRetentionA(
                    mode="GOVERNANCE", years=locked_years
                )
            ),
        )
