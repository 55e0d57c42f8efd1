from typing import Any

import pytest


def test_the_default_retention_of_a_bucket_with_objects_is_taken_away(clients: Any) -> None:
    s3 = clients("s3", "us-east-1")
    s3.create_bucket(Bucket="evidence", ObjectLockEnabledForBucket=True)
    retention = {"DefaultRetention": {"Mode": "GOVERNANCE", "Years": 1}}
    s3.put_object_lock_configuration(
        Bucket="evidence", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": retention}
    )
    version = s3.put_object(Bucket="evidence", Key="head", Body=b"head")["VersionId"]
    with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
        s3.delete_object(Bucket="evidence", Key="head", VersionId=version)
    s3.put_object_lock_configuration(Bucket="evidence", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})
    lock = s3.get_object_lock_configuration(Bucket="evidence")["ObjectLockConfiguration"]
    assert lock["ObjectLockEnabled"] == "Enabled"
    assert "Mode" not in lock.get("Rule", {}).get("DefaultRetention", {})
    s3.delete_object(Bucket="evidence", Key="head", VersionId=version, BypassGovernanceRetention=True)
