"""A job's source is downloaded once by a worker that does several of its tasks."""

import hashlib
import threading
from pathlib import Path
from typing import Any

import pytest

from lib.contracts.records import ObjectLocation
from lib.worker.errors import CancelledError, RejectedError
from lib.worker.objects import Objects
from lib.worker.scratch import Scratch
from tests.integration.worker.pipeline import Clients, Deployed


class Sources:
    """Videos in the raw bucket, and a worker's scratch space."""

    def __init__(self, s3: Any, bucket: str, folder: Path) -> None:
        self.s3, self.bucket = s3, bucket
        self.objects, self.scratch = Objects(s3), Scratch(folder)
        self.cancel = threading.Event()

    def put(self, content: bytes) -> ObjectLocation:
        key = hashlib.sha256(content).hexdigest()
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=content)
        return ObjectLocation(bucket=self.bucket, key=key)

    def get(self, location: ObjectLocation, content: bytes) -> Path:
        digest = hashlib.sha256(content).hexdigest()
        return self.scratch.source(self.objects, location, size=len(content), sha256=digest, cancel=self.cancel)


@pytest.fixture
def sources(clients: Clients, deployed: Deployed, tmp_path: Path) -> Sources:
    return Sources(clients("s3"), deployed.raw, tmp_path)


def test_it_is_kept_for_the_next_task(sources: Sources) -> None:
    location = sources.put(b"film")
    first = sources.get(location, b"film")
    sources.objects.remove(sources.bucket, "")
    assert sources.get(location, b"film") == first
    assert first.read_bytes() == b"film"


def test_only_one_is_kept(sources: Sources) -> None:
    first = sources.get(sources.put(b"film"), b"film")
    second = sources.get(sources.put(b"other"), b"other")
    assert not first.exists()
    assert second.read_bytes() == b"other"
    sources.scratch.drop_source()
    assert not second.exists()


@pytest.mark.parametrize(
    ("submitted", "code"), [(b"filn", "CHECKSUM_MISMATCH"), (b"films", "SIZE_MISMATCH"), (None, "SOURCE_MISSING")]
)
def test_what_is_not_verified_is_never_taken_for_the_source(
    sources: Sources, submitted: bytes | None, code: str
) -> None:
    location = sources.put(b"film")
    if submitted is None:
        sources.objects.remove(sources.bucket, "")
    for _ in range(2):
        with pytest.raises(RejectedError) as caught:
            sources.get(location, submitted or b"film")
        assert caught.value.code == code


def test_a_broken_off_download_is_begun_again(sources: Sources) -> None:
    location = sources.put(b"film")
    sources.cancel.set()
    with pytest.raises(CancelledError):
        sources.get(location, b"film")
    sources.cancel.clear()
    assert sources.get(location, b"film").read_bytes() == b"film"
