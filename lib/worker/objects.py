"""Objects in S3, in and out of files, with flat memory and room for an interrupt."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

from boto3.s3.transfer import TransferConfig, create_transfer_manager
from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from s3transfer.futures import TransferFuture

from lib.contracts.records import ObjectLocation
from lib.worker.errors import CancelledError

EXISTS = {"ConditionalRequestConflict", "PreconditionFailed"}
"""Error codes of S3 for `If-None-Match: *` where there is an object, or somebody writes one at the same time."""
MISSING = {"404", "MethodNotAllowed", "NoSuchBucket", "NoSuchKey", "NoSuchVersion"}
"""Error codes of S3 for what is not there; a delete marker answers `MethodNotAllowed`."""
READ_BYTES = 1024 * 1024
READ_ATTEMPTS = 5
"""How often a download is resumed that breaks off; botocore does not resume a body."""
DELETE_KEYS = 1000
"""Most that one DeleteObjects takes."""
POLL_SECONDS = 0.2
CONTENT_TYPES = {
    ".aac": "audio/aac",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".m3u8": "application/vnd.apple.mpegurl",
    ".m4a": "audio/mp4",
    ".m4s": "video/iso.segment",
    ".mp4": "video/mp4",
    ".mpd": "application/dash+xml",
    ".vtt": "text/vtt",
}
_TRANSFER = TransferConfig(max_concurrency=4, multipart_chunksize=8 * 1024 * 1024, max_io_queue=20)
"""Four connections fill a task's network; 20 buffers of 256 KiB wait for the disk (the default is 1,000)."""


class ObjectMissingError(Exception):
    """The object, or this version of it, is not there."""


class NotRemovedError(Exception):
    """S3 did not remove an object."""


def check(cancel: Event) -> None:
    """Raises `CancelledError` if the work was told to stop."""
    if cancel.is_set():
        raise CancelledError


class Objects:
    """Reads and writes objects.

    Args:
        s3: Client.
    """

    def __init__(self, s3: Any) -> None:
        self._s3 = s3

    def download(self, location: ObjectLocation, path: Path, *, cancel: Event) -> str:
        """Downloads one object, and hashes it while it moves.

        Returns:
            Its SHA-256, 64 hexadecimal digits.

        Raises:
            ObjectMissingError: It is not there.
            CancelledError: The work was told to stop.
            BotoCoreError, ClientError: S3 failed, beyond all retries.
        """
        digest = hashlib.sha256()
        with path.open("wb") as file:
            for block in self._read(location):
                check(cancel)
                digest.update(block)
                file.write(block)
        return digest.hexdigest()

    def _read(self, location: ObjectLocation) -> Iterator[bytes]:
        wanted = {"Bucket": location.bucket, "Key": location.key}
        if location.version_id:
            wanted["VersionId"] = location.version_id
        offset, attempts = 0, 0
        while True:
            try:
                answer = self._s3.get_object(**wanted, **({"Range": f"bytes={offset}-"} if offset else {}))
            except ClientError as error:
                if error.response["Error"]["Code"] in MISSING:
                    raise ObjectMissingError(f"s3://{location.bucket}/{location.key}") from error
                raise
            # What follows a broken connection must be of the same object.
            wanted["IfMatch"] = answer["ETag"]
            try:
                for block in answer["Body"].iter_chunks(READ_BYTES):
                    offset += len(block)
                    yield block
            except (HTTPClientError, IncompleteReadError):
                attempts += 1
                if attempts == READ_ATTEMPTS:
                    raise
            else:
                return

    def upload(self, path: Path, bucket: str, key: str, *, cancel: Event) -> ObjectLocation:
        """Uploads one file, in parts if it is large.

        Returns:
            Where it is, with the version that now is the object.

        Raises:
            CancelledError: The work was told to stop.
            BotoCoreError, ClientError: S3 failed, beyond all retries.
        """
        self._transfer(lambda manager: [manager.upload(str(path), bucket, key)], cancel=cancel)
        version = self._s3.head_object(Bucket=bucket, Key=key).get("VersionId")
        return ObjectLocation(bucket=bucket, key=key, version_id=version)

    def upload_folder(self, folder: Path, bucket: str, prefix: str, *, cancel: Event) -> None:
        """Uploads all files of a folder under a prefix, side by side, each with its content type.

        Raises:
            CancelledError: The work was told to stop.
            BotoCoreError, ClientError: S3 failed, beyond all retries.
        """
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        self._transfer(
            lambda manager: [
                manager.upload(
                    str(path),
                    bucket,
                    f"{prefix}{path.relative_to(folder).as_posix()}",
                    extra_args={"ContentType": CONTENT_TYPES.get(path.suffix, "application/octet-stream")},
                )
                for path in files
            ],
            cancel=cancel,
        )

    def download_folder(self, bucket: str, prefix: str, folder: Path, *, cancel: Event) -> None:
        """Downloads everything under a prefix into a folder, side by side.

        Raises:
            CancelledError: The work was told to stop.
            BotoCoreError, ClientError: S3 failed, beyond all retries.
        """
        keys = [str(entry["Key"]) for entry in self._list(bucket, prefix)]
        targets = {key: folder / key.removeprefix(prefix) for key in keys}
        for path in targets.values():
            path.parent.mkdir(parents=True, exist_ok=True)
        self._transfer(
            lambda manager: [manager.download(bucket, key, str(path)) for key, path in targets.items()], cancel=cancel
        )

    def size(self, bucket: str, prefix: str) -> int:
        """Bytes of all objects under a prefix."""
        return sum(int(entry["Size"]) for entry in self._list(bucket, prefix))

    def put_json(self, value: dict[str, Any], bucket: str, key: str) -> None:
        """Writes a small object, unless there is one already."""
        body = json.dumps(value).encode()
        try:
            self._s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=CONTENT_TYPES[".json"], IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] not in EXISTS:
                raise

    def get_json(self, bucket: str, key: str) -> dict[str, Any] | None:
        """Reads what `put_json` wrote; None if there is nothing."""
        try:
            value: dict[str, Any] = json.loads(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                return None
            raise
        return value

    def folders(self, bucket: str, prefix: str) -> Iterator[str]:
        """Prefixes one level below a prefix, each with its closing slash."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/")
        for page in pages:
            yield from (str(entry["Prefix"]) for entry in page.get("CommonPrefixes", []))

    def remove(self, bucket: str, prefix: str) -> None:
        """Removes everything under a prefix; the bucket's lifecycle ends the old versions.

        Raises:
            NotRemovedError: S3 did not remove some of it.
            BotoCoreError, ClientError: S3 failed, beyond all retries.
        """
        keys = [{"Key": entry["Key"]} for entry in self._list(bucket, prefix)]
        for start in range(0, len(keys), DELETE_KEYS):
            # It succeeds as a call even if it fails for every key; a quiet answer names those.
            answer = self._s3.delete_objects(
                Bucket=bucket, Delete={"Objects": keys[start : start + DELETE_KEYS], "Quiet": True}
            )
            if errors := answer.get("Errors"):
                first = errors[0]
                raise NotRemovedError(
                    f"{len(errors)} objects of s3://{bucket}/{prefix} stay, the first, {first['Key']}, "
                    f"because of {first['Code']}: {first['Message']}"
                )

    def _list(self, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            yield from page.get("Contents", [])

    def _transfer(self, start: Callable[[Any], Iterable[TransferFuture]], *, cancel: Event) -> None:
        # Leaving by an exception cancels what still moves, and aborts its multipart uploads.
        with create_transfer_manager(self._s3, _TRANSFER) as manager:
            for future in start(manager):
                while not future.done():
                    if cancel.wait(POLL_SECONDS):
                        raise CancelledError
                future.result()
