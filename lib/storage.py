"""The buckets: uploads, published videos, access logs and compliance evidence."""

from lib.cdk import Construct, S3Bucket
from lib.encryption import Encryption
from lib.iam import ServiceRole, Statement
from lib.naming import Naming, ResourceName
from lib.place import Place
from lib.tags import DataClass, data_class

READ_BUCKET = ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads")
READ_OBJECTS = ("s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectAttributes")
WRITE_OBJECTS = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:ListMultipartUploadParts", "s3:PutObject")


class Bucket(Construct):
    """A private bucket."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        naming: Naming,
        place: Place,
        name: ResourceName,
        holds: DataClass,
        encryption: Encryption | None,
    ) -> None:
        super().__init__(scope, id)
        self._encryption = encryption
        self._bucket = S3Bucket(
            self,
            "bucket",
            bucket=naming.bucket(name, place.account_id),
            force_destroy=True,
            tags=data_class(holds),
        )

    @property
    def name(self) -> str:
        """Name of the bucket."""
        return str(self._bucket.bucket)

    @property
    def arn(self) -> str:
        """ARN of the bucket."""
        return str(self._bucket.arn)

    def statement_read(self) -> list[Statement]:
        """Permission to list and read objects, and to use the key for it."""
        statements = [Statement(READ_BUCKET, [self.arn]), Statement(READ_OBJECTS, [f"{self.arn}/*"])]
        if self._encryption is not None:
            statements.append(self._encryption.statement_decrypt("s3"))
        return statements

    def statement_write(self) -> list[Statement]:
        """Permission to write and delete objects, and to use the key for it."""
        statements = [Statement(WRITE_OBJECTS, [f"{self.arn}/*"])]
        if self._encryption is not None:
            statements.append(self._encryption.statement_encrypt("s3"))
        return statements

    def grant_read(self, role: ServiceRole) -> None:
        """Lets a role list and read objects."""
        role.allow(f"read-{self.node.id}", *self.statement_read())

    def grant_write(self, role: ServiceRole) -> None:
        """Lets a role write and delete objects."""
        role.allow(f"write-{self.node.id}", *self.statement_write())


class Storage(Construct):
    """Raw, processed, access-log and evidence buckets."""

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
            naming=naming,
            place=place,
            name="access-logs-bucket",
            holds="internal",
            encryption=None,
        )
        self.raw = Bucket(
            self, "raw", naming=naming, place=place, name="raw-bucket", holds="content", encryption=encryption
        )
        self.processed = Bucket(
            self,
            "processed",
            naming=naming,
            place=place,
            name="processed-bucket",
            holds="content",
            encryption=encryption,
        )
        self.evidence: Bucket | None = None
        if not ephemeral:
            self.evidence = Bucket(
                self,
                "evidence",
                naming=naming,
                place=place,
                name="evidence-bucket",
                holds="personal",
                encryption=encryption,
            )
