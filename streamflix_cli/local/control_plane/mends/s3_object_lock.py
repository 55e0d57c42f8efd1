"""`PutObjectLockConfiguration` refuses a bucket that holds objects; S3 stopped that in November 2023.

Terraform takes the default retention away before it empties a bucket, so a destroy would fail.
"""

from moto.s3.exceptions import InvalidBucketState
from moto.s3.models import S3Backend

from streamflix_cli.local.control_plane.patch import add


def put_object_lock_configuration(
    self: S3Backend,
    bucket_name: str,
    lock_enabled: bool,
    mode: str | None = None,
    days: int | None = None,
    years: int | None = None,
) -> None:
    """Sets the default retention of a versioned bucket, whatever it holds."""
    bucket = self.get_bucket(bucket_name)
    if not bucket.is_versioned:
        raise InvalidBucketState("Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
    bucket.object_lock_enabled = bucket.object_lock_enabled or lock_enabled
    bucket.default_lock_mode = mode
    bucket.default_lock_days = days
    bucket.default_lock_years = years


def apply() -> None:
    """Replaces the operation."""
    add(S3Backend, put_object_lock_configuration)
