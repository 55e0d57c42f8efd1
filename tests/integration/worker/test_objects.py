"""Objects against the control plane's S3."""

import hashlib
import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from lib.contracts.records import ObjectLocation
from lib.worker.errors import CancelledError
from lib.worker.objects import NotRemovedError, ObjectMissingError, Objects
from tests.integration.worker.pipeline import Clients, Deployed

MIB = 1024 * 1024


@pytest.fixture
def objects(clients: Clients) -> Objects:
    return Objects(clients("s3"))


@pytest.fixture
def cancel() -> threading.Event:
    return threading.Event()


def test_a_large_file_goes_up_in_parts_and_comes_back_with_its_hash(
    objects: Objects, clients: Clients, deployed: Deployed, tmp_path: Path, cancel: threading.Event
) -> None:
    content = os.urandom(20 * MIB)
    (tmp_path / "up").write_bytes(content)
    location = objects.upload(tmp_path / "up", deployed.raw, "a/video.mp4", cancel=cancel)
    clients("s3").put_object(Bucket=deployed.raw, Key="a/video.mp4", Body=b"overwritten")

    digest = objects.download(location, tmp_path / "down", cancel=cancel)

    assert (tmp_path / "down").read_bytes() == content
    assert digest == hashlib.sha256(content).hexdigest()
    assert location.version_id


def test_what_is_not_there_is_missing(
    objects: Objects, clients: Clients, deployed: Deployed, tmp_path: Path, cancel: threading.Event
) -> None:
    s3 = clients("s3")
    version = s3.put_object(Bucket=deployed.raw, Key="gone", Body=b"x")["VersionId"]
    s3.delete_object(Bucket=deployed.raw, Key="gone", VersionId=version)
    for location in (
        ObjectLocation(bucket=deployed.raw, key="never"),
        ObjectLocation(bucket=deployed.raw, key="gone", version_id=version),
        ObjectLocation(bucket=f"{deployed.raw}-other", key="gone"),
    ):
        with pytest.raises(ObjectMissingError):
            objects.download(location, tmp_path / "down", cancel=cancel)


def test_a_cancelled_upload_leaves_neither_object_nor_parts(
    objects: Objects, clients: Clients, deployed: Deployed, tmp_path: Path, cancel: threading.Event
) -> None:
    (tmp_path / "up").write_bytes(bytes(64 * MIB))
    cancel.set()
    with pytest.raises(CancelledError):
        objects.upload(tmp_path / "up", deployed.raw, "cancelled", cancel=cancel)
    s3 = clients("s3")
    assert "Contents" not in s3.list_objects_v2(Bucket=deployed.raw)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=deployed.raw)


def test_a_folder_goes_up_with_content_types_and_comes_back(
    objects: Objects, clients: Clients, deployed: Deployed, tmp_path: Path, cancel: threading.Event
) -> None:
    up, down = tmp_path / "up", tmp_path / "down"
    files = {"master.m3u8": b"#EXTM3U", "720p/video.mp4": b"moov", "sprites/1.jpg": b"jpeg", "manifest.mpd": b"<MPD/>"}
    for name, content in files.items():
        (up / name).parent.mkdir(parents=True, exist_ok=True)
        (up / name).write_bytes(content)
    objects.upload_folder(up, deployed.processed, "titles/a/", cancel=cancel)
    down.mkdir()
    objects.download_folder(deployed.processed, "titles/a/", down, cancel=cancel)

    assert {str(path.relative_to(down)): path.read_bytes() for path in down.rglob("*") if path.is_file()} == files
    assert objects.size(deployed.processed, "titles/a/") == sum(map(len, files.values()))
    assert list(objects.folders(deployed.processed, "titles/a/")) == ["titles/a/720p/", "titles/a/sprites/"]
    head = clients("s3").head_object(Bucket=deployed.processed, Key="titles/a/manifest.mpd")
    assert head["ContentType"] == "application/dash+xml"

    objects.remove(deployed.processed, "titles/a/720p/")
    assert objects.size(deployed.processed, "titles/a/720p/") == 0
    assert objects.size(deployed.processed, "titles/a/") > 0


def test_a_small_object_is_written_once(objects: Objects, deployed: Deployed) -> None:
    objects.put_json({"n": 1}, deployed.evidence, "head.json")
    objects.put_json({"n": 2}, deployed.evidence, "head.json")
    assert objects.get_json(deployed.evidence, "head.json") == {"n": 1}
    assert objects.get_json(deployed.evidence, "other.json") is None


def test_what_is_not_removed_is_told(objects: Objects, clients: Clients, deployed: Deployed) -> None:
    bucket = deployed.processed
    for key in ("titles/a/1", "titles/a/2"):
        clients("s3").put_object(Bucket=bucket, Key=key, Body=b"x")
    keep = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:DeleteObject",
        "Resource": f"arn:aws:s3:::{bucket}/titles/a/2",
    }
    clients("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [keep]}))

    with pytest.raises(NotRemovedError, match=r"1 objects .* titles/a/2, because of AccessDenied"):
        objects.remove(bucket, "titles/a/")


@pytest.fixture
def breaking() -> Iterator[tuple[Any, bytes, list[str | None]]]:
    """An S3 that breaks off each answer after 3 MiB."""
    content = os.urandom(8 * MIB)
    ranges: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            ranges.append(self.headers["Range"])
            start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-")) if self.headers["Range"] else 0
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(content) - start))
            self.send_header("ETag", '"etag"')
            self.end_headers()
            self.wfile.write(content[start : start + 3 * MIB])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    make: Any = boto3.client
    client = make(
        "s3",
        endpoint_url=f"http://127.0.0.1:{server.server_port}",
        region_name="eu-west-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(s3={"addressing_style": "path"}),
    )
    yield client, content, ranges
    server.shutdown()
    server.server_close()


def test_a_download_that_breaks_off_is_resumed(
    breaking: tuple[Any, bytes, list[str | None]], tmp_path: Path, cancel: threading.Event
) -> None:
    client, content, ranges = breaking
    location = ObjectLocation(bucket="b", key="k")
    digest = Objects(client).download(location, tmp_path / "down", cancel=cancel)
    assert digest == hashlib.sha256(content).hexdigest()
    assert ranges[0] is None
    assert len(ranges) >= 3
