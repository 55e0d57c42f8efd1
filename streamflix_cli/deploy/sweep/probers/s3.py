"""Buckets, with every object, version, delete marker and unfinished upload in them."""

from collections.abc import Iterable

from botocore.exceptions import ClientError

from lib.naming import RESOURCE_NAMES
from streamflix_cli.deploy.sweep.cloud import Cloud, Search
from streamflix_cli.deploy.sweep.leftover import Leftover
from streamflix_cli.deploy.sweep.probers.base import Prober


class S3Bucket(Prober):
    """By bucket name, among the account's own buckets."""

    type = "s3_bucket"
    arn = r"s3:(?P<id>[^/]+)"
    missing = frozenset({"404", "NoSuchBucket"})
    patience_seconds = 600

    def candidates(self, search: Search) -> Iterable[Leftover]:
        own = {bucket["Name"] for bucket in search.cloud.pages("s3", "list_buckets", "Buckets")}
        derived = (
            search.naming.bucket(resource, search.account_id)
            for resource in RESOURCE_NAMES
            if resource.endswith("-bucket")
        )
        return self.named(name for name in derived if name in own)

    def state(self, cloud: Cloud, id: str) -> str | None:
        s3 = cloud.client("s3")
        if self.ask(s3.head_bucket, Bucket=id) is None:
            return None
        page = self.ask(s3.list_object_versions, Bucket=id, MaxKeys=1)
        if page is None:
            return None
        return "holds objects" if page.get("Versions") or page.get("DeleteMarkers") else "empty"

    def delete(self, cloud: Cloud, id: str) -> None:
        if self.ask(cloud.client("s3").head_bucket, Bucket=id) is None:
            return
        bucket = cloud.bucket(id)
        # S3 refuses the header on a bucket without object lock.
        bypass = {"BypassGovernanceRetention": True} if self._is_locked(cloud, id) else {}
        bucket.object_versions.delete(**bypass)
        for upload in bucket.multipart_uploads.all():
            upload.abort()
        self.ask(cloud.client("s3").delete_bucket, Bucket=id)

    @staticmethod
    def _is_locked(cloud: Cloud, id: str) -> bool:
        s3 = cloud.client("s3")
        try:
            s3.get_object_lock_configuration(Bucket=id)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ObjectLockConfigurationNotFoundError":
                return False
            raise
        return True
