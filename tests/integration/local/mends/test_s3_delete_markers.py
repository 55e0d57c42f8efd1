from typing import Any


def test_a_suspended_bucket_with_a_delete_marker_can_be_emptied_version_by_version(clients: Any) -> None:
    s3 = clients("s3", "us-east-1")
    s3.create_bucket(Bucket="marked")
    s3.put_bucket_versioning(Bucket="marked", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="marked", Key="video", Body=b"1")
    s3.put_object(Bucket="marked", Key="video", Body=b"2")
    s3.delete_object(Bucket="marked", Key="video")
    listed = s3.list_object_versions(Bucket="marked")
    objects = [
        {"Key": one["Key"], "VersionId": one["VersionId"]} for one in [*listed["Versions"], *listed["DeleteMarkers"]]
    ]
    assert len(objects) == 3
    s3.put_bucket_versioning(Bucket="marked", VersioningConfiguration={"Status": "Suspended"})
    for one in objects:
        s3.delete_objects(Bucket="marked", Delete={"Objects": [one]})
    left = s3.list_object_versions(Bucket="marked")
    assert "Versions" not in left
    assert "DeleteMarkers" not in left
