"""Videos into the raw bucket, in parts, and on from where an interrupted upload stopped."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from botocore.exceptions import ClientError
from pydantic import BaseModel, ValidationError

from lib.contracts.records import ObjectLocation
from streamflix_cli.deploy.workspace import unusable
from streamflix_cli.errors import StreamflixError
from streamflix_cli.pipeline.failures import code_of
from streamflix_cli.pipeline.sources import Source

MEBIBYTE = 1024 * 1024
SMALLEST_PART, LARGEST_PART = 8 * MEBIBYTE, 64 * MEBIBYTE
MOST_PARTS = 10_000
"""Of one upload (Amazon S3 user guide, "Amazon S3 multipart upload limits")."""
IN_FLIGHT_BYTES = 64 * MEBIBYTE
"""Parts that are held in memory at once."""
MOST_IN_FLIGHT = 4

PREFIX = "uploads/"
GONE = {"NoSuchUpload", "NoSuchBucket"}

Advance = Callable[[int], None]
"""Takes how many more bytes have arrived."""
Wanted = Callable[[str], bool]
"""Whether the video with this SHA-256 is to be stored."""


@dataclass(frozen=True)
class Uploaded:
    """A video in the raw bucket.

    Attributes:
        location: Where.
        sha256: Of what was uploaded.
    """

    location: ObjectLocation
    sha256: str


class Part(BaseModel):
    """A part that has arrived: its number, counted from 1, and S3's tag of it."""

    number: int
    etag: str


class UploadRecord(BaseModel):
    """What is remembered of an upload until its video is submitted.

    Attributes:
        upload_id: Of the multipart upload.
        parts: What has arrived.
        sha256: Of the whole file, once it has arrived.
        version_id: Of the object, once it is there.
    """

    key: str
    upload_id: str
    part_size: int
    parts: list[Part] = []
    sha256: str | None = None
    version_id: str | None = None


def part_size(size: int) -> int:
    """Bytes of each part of a file: as small as the number of parts allows.

    Raises:
        ValueError: The file is too large for all of them.
    """
    needed = max(SMALLEST_PART, -(-size // MOST_PARTS))
    if needed > LARGEST_PART:
        raise ValueError(f"{size} bytes are more than {MOST_PARTS} parts of {LARGEST_PART} bytes.")
    return -(-needed // MEBIBYTE) * MEBIBYTE


class Uploader:
    """Uploads into one bucket.

    Args:
        s3: boto3 client.
        bucket: The raw bucket.
        folder: Where unfinished uploads are remembered.
    """

    def __init__(self, s3: Any, bucket: str, folder: Path) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._folder = folder

    def upload(self, source: Source, advance: Advance, *, key: str | None, wanted: Wanted) -> Uploaded | None:
        """Uploads a video; the digest is taken of the bytes as they go.

        Args:
            source: The video.
            advance: Told of every part that has arrived, also of those that had arrived before.
            key: Of the object; None to draw one and remember it.
            wanted: Asked with the file's digest before the object comes into being.

        Returns:
            None if it is not wanted; then nothing of it is in the bucket.

        Raises:
            StreamflixError: `FILE_UNREADABLE`, `FILE_CHANGED`, `FILE_TOO_LARGE`, `WORKSPACE_UNUSABLE`.
            botocore.exceptions.ClientError: S3 refuses it.
        """
        try:
            size = part_size(source.size)
        except ValueError as error:
            raise StreamflixError(
                "FILE_TOO_LARGE", f"{source.path}: {error}", hint="Encode it to a smaller mezzanine first."
            ) from error
        record = self._resumable(source)
        if record is None:
            key = key or f"{PREFIX}{uuid4()}/{source.name}"
            started = self._s3.create_multipart_upload(Bucket=self._bucket, Key=key)
            record = UploadRecord(key=key, upload_id=started["UploadId"], part_size=size)
            self._remember(source, record)
        if record.sha256 is None:
            digest = self._send_parts(source, record, advance)
            if not wanted(digest):
                self._s3.abort_multipart_upload(Bucket=self._bucket, Key=record.key, UploadId=record.upload_id)
                self.forget(source)
                return None
            self._complete(source, record, digest)
        else:
            advance(source.size)
        location = ObjectLocation(bucket=self._bucket, key=record.key, version_id=record.version_id)
        return Uploaded(location, str(record.sha256))

    def forget(self, source: Source) -> None:
        """Forgets a video's upload: it is submitted."""
        self._path(source).unlink(missing_ok=True)

    def _send_parts(self, source: Source, record: UploadRecord, advance: Advance) -> str:
        arrived = {part.number for part in record.parts}
        digest = sha256()
        sending: deque[tuple[int, int, Future[str]]] = deque()
        most = max(1, min(MOST_IN_FLIGHT, IN_FLIGHT_BYTES // record.part_size))

        def take_first() -> None:
            number, size, future = sending.popleft()
            record.parts.append(Part(number=number, etag=future.result()))
            self._remember(source, record)
            advance(size)

        with source.open() as file, ThreadPoolExecutor(most, "upload") as pool:
            try:
                # An empty file has one part as well: empty.
                for number, piece in enumerate(_pieces(source, file, record.part_size), 1):
                    digest.update(piece)
                    if number in arrived:
                        advance(len(piece))
                        continue
                    sending.append((number, len(piece), pool.submit(self._send_part, record, number, piece)))
                    if len(sending) == most:
                        take_first()
                while sending:
                    take_first()
            except BaseException:
                # What is on its way is waited for; what had arrived is remembered.
                pool.shutdown(cancel_futures=True)
                raise
            source.check_unchanged(file)
        return digest.hexdigest()

    def _send_part(self, record: UploadRecord, number: int, piece: bytes) -> str:
        answer = self._s3.upload_part(
            Bucket=self._bucket, Key=record.key, UploadId=record.upload_id, PartNumber=number, Body=piece
        )
        return str(answer["ETag"])

    def _complete(self, source: Source, record: UploadRecord, digest: str) -> None:
        parts = sorted(record.parts, key=lambda part: part.number)
        answer = self._s3.complete_multipart_upload(
            Bucket=self._bucket,
            Key=record.key,
            UploadId=record.upload_id,
            MultipartUpload={"Parts": [{"PartNumber": part.number, "ETag": part.etag} for part in parts]},
        )
        record.sha256, record.version_id = digest, answer.get("VersionId")
        self._remember(source, record)

    def _resumable(self, source: Source) -> UploadRecord | None:
        """An earlier upload of the same file, with the parts that S3 has as well."""
        try:
            record = UploadRecord.model_validate_json(self._path(source).read_bytes())
        except (OSError, ValidationError):
            return None
        if record.sha256 is not None:
            return record
        try:
            pages = self._s3.get_paginator("list_parts").paginate(
                Bucket=self._bucket, Key=record.key, UploadId=record.upload_id
            )
            there = {part["PartNumber"]: part["ETag"] for page in pages for part in page.get("Parts", [])}
        except ClientError as error:
            if code_of(error) in GONE:
                return None
            raise
        record.parts = [part for part in record.parts if there.get(part.number) == part.etag]
        return record

    def _remember(self, source: Source, record: UploadRecord) -> None:
        path = self._path(source)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            written = path.with_suffix(".tmp")
            written.write_text(record.model_dump_json(), encoding="utf-8")
            written.replace(path)
        except OSError as error:
            raise unusable(path, error) from error

    def _path(self, source: Source) -> Path:
        """A changed file, or another bucket, is another upload."""
        identity = f"{source.path.resolve()}\n{source.size}\n{source.modified}\n{self._bucket}"
        return self._folder / f"{sha256(identity.encode(errors='surrogateescape')).hexdigest()[:32]}.json"


def _pieces(source: Source, file: BinaryIO, size: int) -> Iterator[bytes]:
    if source.size == 0:
        yield b""
    yield from source.pieces(file, size)
