"""CloudWatch log groups, each made by the construct whose log it is."""

from lib.cdk import CloudwatchLogGroup, Construct
from lib.encryption import Encryption
from lib.tags import DataClass, data_class


def log_group(
    scope: Construct, id: str, *, name: str, encryption: Encryption, retention_days: int, data: DataClass = "internal"
) -> CloudwatchLogGroup:
    """An encrypted log group that keeps what it takes for a limited time.

    A service that finds none makes it itself, without key or retention, and leaves it behind.

    Args:
        scope: The construct that owns it.
        id: Its id in that construct.
        name: Where the service writes to.
        encryption: Key that encrypts it.
        retention_days: How long its events are kept: a period that CloudWatch Logs knows.
        data: How sensitive they are.
    """
    return CloudwatchLogGroup(
        scope,
        id,
        name=name,
        retention_in_days=retention_days,
        kms_key_id=encryption.key_arn,
        tags=data_class(data),
    )
