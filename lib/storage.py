"""The buckets of the pipeline: uploads, published videos, access logs and compliance evidence."""

from typing import Any

from lib.bucket import Bucket
from lib.cdk import (
    Construct,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleExpiration,
    S3BucketLifecycleConfigurationRuleFilter,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
    S3BucketLifecycleConfigurationRuleTransition,
)
from lib.encryption import Encryption
from lib.naming import Naming, ResourceName
from lib.place import Place

DATA_BUCKETS: tuple[ResourceName, ...] = ("raw-bucket", "processed-bucket", "evidence-bucket")
ABORT_UPLOADS_DAYS = 7
"""An interrupted upload may be resumed for a week; then its parts go."""
ACCESS_LOG_DAYS = 90
"""Access logs hold IP addresses, so they are not kept for longer than it takes to look into an incident."""


class Storage(Construct):
    """Raw, processed, access-log and evidence buckets.

    Args:
        naming: Names of the environment.
        place: Account and region.
        encryption: Key that encrypts all of them but the access logs, which S3 delivers only under its own key.
        ephemeral: Whether the environment comes and goes; then nothing is kept as evidence.
        audit_retention_years: How long evidence cannot be deleted.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        naming: Naming,
        place: Place,
        encryption: Encryption,
        ephemeral: bool,
        audit_retention_years: int,
    ) -> None:
        super().__init__(scope, id)
        self.access_logs = Bucket(
            self,
            "access-logs",
            name=naming.bucket("access-logs-bucket", place.account_id),
            holds="personal",
            encryption=None,
            lifecycle=[_lifecycle(expire_days=ACCESS_LOG_DAYS, noncurrent_days=1)],
            policy=[_log_delivery(naming, place)],
        )
        self.raw = Bucket(
            self,
            "raw",
            name=naming.bucket("raw-bucket", place.account_id),
            holds="content",
            encryption=encryption,
            # A source is read once, and again only for a new ladder: both colder classes give it at once.
            lifecycle=[_lifecycle(noncurrent_days=30, transitions={"STANDARD_IA": 30, "GLACIER_IR": 90})],
            access_logs=self.access_logs,
            access_logs_prefix="raw/",
        )
        self.processed = Bucket(
            self,
            "processed",
            name=naming.bucket("processed-bucket", place.account_id),
            holds="content",
            encryption=encryption,
            lifecycle=[_lifecycle(noncurrent_days=7)],
            access_logs=self.access_logs,
            access_logs_prefix="processed/",
        )
        self.evidence: Bucket | None = None
        if not ephemeral:
            self.evidence = Bucket(
                self,
                "evidence",
                name=naming.bucket("evidence-bucket", place.account_id),
                holds="personal",
                encryption=encryption,
                # The lock outlasts any lifecycle rule; what it no longer holds goes (GDPR, Art. 5(1)(e)).
                lifecycle=[_lifecycle(expire_days=366 * audit_retention_years, noncurrent_days=1)],
                access_logs=self.access_logs,
                access_logs_prefix="evidence/",
                locked_years=audit_retention_years,
            )


def _lifecycle(
    *, noncurrent_days: int, expire_days: int | None = None, transitions: dict[str, int] | None = None
) -> S3BucketLifecycleConfigurationRule:
    """One rule for the whole bucket, because S3 takes its time over each."""
    expiration = S3BucketLifecycleConfigurationRuleExpiration(
        days=expire_days, expired_object_delete_marker=None if expire_days else True
    )
    return S3BucketLifecycleConfigurationRule(
        id="retention",
        status="Enabled",
        filter=[S3BucketLifecycleConfigurationRuleFilter(prefix="")],
        abort_incomplete_multipart_upload=[
            S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(days_after_initiation=ABORT_UPLOADS_DAYS)
        ],
        expiration=[expiration],
        noncurrent_version_expiration=[
            S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(noncurrent_days=noncurrent_days)
        ],
        transition=[
            S3BucketLifecycleConfigurationRuleTransition(storage_class=storage_class, days=days)
            for storage_class, days in (transitions or {}).items()
        ],
    )


def _log_delivery(naming: Naming, place: Place) -> dict[str, Any]:
    buckets = [f"arn:aws:s3:::{naming.bucket(name, place.account_id)}" for name in DATA_BUCKETS]
    return {
        "Sid": "DeliverAccessLogs",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{naming.bucket('access-logs-bucket', place.account_id)}/*",
        "Condition": {
            "ArnLike": {"aws:SourceArn": buckets},
            "StringEquals": {"aws:SourceAccount": place.account_id},
        },
    }
