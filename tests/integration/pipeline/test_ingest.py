"""Videos into a pipeline, against a real control plane and a real database."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from lib.contracts.content import ContentRecord
from lib.contracts.identity import job_id, pseudonym
from lib.contracts.records import ObjectLocation, StreamLocation
from lib.worker.stream import Stream
from streamflix_cli.pipeline.sources import Source
from streamflix_cli.pipeline.upload import SMALLEST_PART, Uploader
from tests.integration.pipeline.conftest import LADDER, MOST_STREAMED, PSEUDONYM_KEY, Environment, until

RECORD = "id: {id}\ntitles: {{en: A film}}\n"


def video(environment: Environment, name: str, size: int) -> Path:
    path = environment.root / name
    path.write_bytes(os.urandom(size))
    return path


def title(environment: Environment, stem: str) -> str:
    """Ids are the environment's own: all share the database."""
    content_id = f"{environment.name}-{stem}"
    (environment.root / f"{stem}.yaml").write_text(RECORD.format(id=content_id))
    return content_id


def test_a_small_video_goes_through_the_stream_and_is_announced_last(environment: Environment, tmp_path: Path) -> None:
    film, content_id = video(environment, "film.mp4", 1_300_000), title(environment, "film")
    done = environment.streamflix("ingest", str(film), "--priority", "urgent", "--json")
    assert done.code == 0, done.out + done.err
    (submission,) = environment.submissions()
    record, digest = submission.record, hashlib.sha256(film.read_bytes()).hexdigest()
    assert record.job_id == job_id(content_id, digest, LADDER)
    assert (record.sha256, record.size, record.priority) == (digest, 1_300_000, "urgent")
    caller = environment.client("sts").get_caller_identity()["Arn"]
    assert record.submitted_by == pseudonym(caller, PSEUDONYM_KEY)
    assert isinstance(record.location, StreamLocation)
    assert record.location.chunks == 3
    # The worker's own reader puts the same file together.
    assembled = tmp_path / "assembled"
    assert Stream(environment.client("kinesis")).assemble(record.location, assembled, cancel=Event()) == digest
    (job,) = done.data["jobs"]
    assert job["job_id"] == str(record.job_id)
    assert (job["content_id"], job["state"], job["published"]) == (content_id, "submitted", None)
    arrived = sorted(environment.records(), key=lambda one: one["ApproximateArrivalTimestamp"])
    assert [one["PartitionKey"].partition("/")[0] for one in arrived] == ["chunk", "chunk", "chunk", "submit"]


@pytest.mark.parametrize("transport", ["object", "auto"])
def test_a_larger_video_goes_to_the_raw_bucket_and_its_version_is_named(
    environment: Environment, transport: str
) -> None:
    film = video(environment, "film.mp4", MOST_STREAMED + SMALLEST_PART)
    title(environment, "film")
    done = environment.streamflix("ingest", str(film), "--transport", transport, "--json")
    assert done.code == 0, done.out + done.err
    (submission,) = environment.submissions()
    where = submission.record.location
    assert isinstance(where, ObjectLocation)
    assert where.key == f"uploads/{submission.record.job_id}/film.mp4"
    assert where.version_id is not None
    stored = environment.client("s3").get_object(Bucket=where.bucket, Key=where.key, VersionId=where.version_id)
    assert stored["Body"].read() == film.read_bytes()
    assert list(environment.uploads.glob("*")) == []


@pytest.mark.parametrize("transport", ["object", "stream"])
def test_an_empty_file_is_submitted_and_left_to_the_worker_to_reject(
    environment: Environment, transport: str, tmp_path: Path
) -> None:
    film = video(environment, "empty.mp4", 0)
    title(environment, "empty")
    assert environment.streamflix("ingest", str(film), "--transport", transport).code == 0
    (submission,) = environment.submissions()
    assert submission.record.size == 0
    where = submission.record.location
    if isinstance(where, StreamLocation):
        Stream(environment.client("kinesis")).assemble(where, tmp_path / "assembled", cancel=Event())
        assert (tmp_path / "assembled").read_bytes() == b""
    else:
        assert environment.client("s3").head_object(Bucket=where.bucket, Key=where.key)["ContentLength"] == 0


def test_of_a_folder_every_video_is_submitted_and_a_missing_file_keeps_none_back(environment: Environment) -> None:
    folder = environment.root / "films"
    folder.mkdir()
    for name in ("b.mp4", "a.mov", ".hidden.mp4"):
        (folder / name).write_bytes(name.encode())
    (folder / "a.yaml").write_text(RECORD.format(id=f"{environment.name}-a"))
    done = environment.streamflix("ingest", "absent.mp4", str(folder), "--json")
    assert done.code == 1
    assert done.envelope["error"]["code"] == "INGEST_INCOMPLETE"
    assert [one["file"] for one in done.data["failed"]] == ["absent.mp4"]
    assert [job["content_id"] for job in done.data["jobs"]] == [f"{environment.name}-a", "b"]
    assert len(environment.submissions()) == 2


def test_one_wrong_record_keeps_everything_back_and_is_shown_where_it_stands(environment: Environment) -> None:
    good, bad = video(environment, "good.mp4", 10), video(environment, "bad.mp4", 10)
    (environment.root / "bad.yaml").write_text("id: bad\ntitels: {en: A film}\n")
    done = environment.streamflix("ingest", str(good), str(bad))
    assert done.code == 2
    assert "bad.yaml:2:1: error SFX201: Unknown key `titels`." in done.err
    assert "^^^^^^" in done.err
    assert "Did you mean `titles`?" in done.err
    assert environment.records() == []


def test_a_video_that_is_under_way_or_published_is_returned_unchanged(environment: Environment) -> None:
    film, content_id = video(environment, "film.mp4", 100), title(environment, "film")
    environment.streamflix("ingest", str(film))
    (submission,) = environment.submissions()
    environment.shared.store.submit(submission)
    done = environment.streamflix("ingest", str(film), "--json")
    assert [(job["content_id"], job["state"]) for job in done.data["jobs"]] == [(content_id, "received")]
    assert len(environment.submissions()) == 1


def test_without_a_database_videos_are_submitted_with_a_warning(environment: Environment) -> None:
    environment.shared.client("rds").modify_db_cluster(
        DBClusterIdentifier="aurora-cluster-shared", EnableHttpEndpoint=False, ApplyImmediately=True
    )
    try:
        done = environment.streamflix("ingest", str(video(environment, "film.mp4", 100)), "--json")
    finally:
        environment.shared.client("rds").modify_db_cluster(
            DBClusterIdentifier="aurora-cluster-shared", EnableHttpEndpoint=True, ApplyImmediately=True
        )
    assert done.code == 0, done.out + done.err
    assert "Cannot tell which videos are there already" in done.envelope["warnings"][0]
    assert len(environment.submissions()) == 1


class Counting:
    """An S3 client that counts its parts, and breaks off before one of them."""

    def __init__(self, s3: Any, *, stop_before: int = 10**6) -> None:
        self._s3, self._stop_before = s3, stop_before
        self.parts: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._s3, name)

    def upload_part(self, **request: Any) -> Any:
        if request["PartNumber"] >= self._stop_before:
            raise KeyboardInterrupt
        self.parts.append(request["PartNumber"])
        return self._s3.upload_part(**request)


def test_an_interrupted_upload_goes_on_where_it_stopped(environment: Environment, tmp_path: Path) -> None:
    path = video(environment, "film.mp4", 5 * SMALLEST_PART + 1)
    found = path.stat()
    source = Source(path, ContentRecord(id="a", titles={"en": "A"}), found.st_size, found.st_mtime_ns)
    s3, bucket = environment.client("s3"), environment.outputs["raw_bucket"]
    first = Counting(s3, stop_before=4)
    with pytest.raises(KeyboardInterrupt):
        Uploader(first, bucket, tmp_path / "uploads").upload(source, lambda _: None, key=None, wanted=lambda _: True)
    second = Counting(s3)
    moved: list[int] = []
    uploaded = Uploader(second, bucket, tmp_path / "uploads").upload(
        source, moved.append, key=None, wanted=lambda _: True
    )
    assert uploaded is not None
    remembered = set(first.parts) - set(second.parts)
    assert remembered
    assert remembered | set(second.parts) == {1, 2, 3, 4, 5, 6}
    assert sum(moved) == found.st_size
    where = uploaded.location
    stored = s3.get_object(Bucket=bucket, Key=where.key, VersionId=where.version_id)["Body"].read()
    assert hashlib.sha256(stored).hexdigest() == uploaded.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    # Until it is submitted, not even the whole upload is made again.
    third = Counting(s3)
    again = Uploader(third, bucket, tmp_path / "uploads").upload(
        source, lambda _: None, key=None, wanted=lambda _: True
    )
    assert (again, third.parts) == (uploaded, [])


@pytest.mark.parametrize("lost", ["forgotten by S3", "changed on disk"])
def test_an_upload_that_cannot_be_continued_begins_anew(environment: Environment, tmp_path: Path, lost: str) -> None:
    path = video(environment, "film.mp4", 2 * SMALLEST_PART)
    s3, bucket = environment.client("s3"), environment.outputs["raw_bucket"]

    def source() -> Source:
        found = path.stat()
        return Source(path, ContentRecord(id="a", titles={"en": "A"}), found.st_size, found.st_mtime_ns)

    with pytest.raises(KeyboardInterrupt):
        Uploader(Counting(s3, stop_before=2), bucket, tmp_path).upload(
            source(), lambda _: None, key=None, wanted=lambda _: True
        )
    if lost == "changed on disk":
        path.write_bytes(os.urandom(2 * SMALLEST_PART))
    else:
        for one in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]:
            s3.abort_multipart_upload(Bucket=bucket, Key=one["Key"], UploadId=one["UploadId"])
    counting = Counting(s3)
    uploaded = Uploader(counting, bucket, tmp_path).upload(source(), lambda _: None, key=None, wanted=lambda _: True)
    assert sorted(counting.parts) == [1, 2]
    assert uploaded is not None
    assert uploaded.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_an_upload_that_turns_out_unwanted_leaves_nothing_in_the_bucket(
    environment: Environment, tmp_path: Path
) -> None:
    path = video(environment, "film.mp4", SMALLEST_PART)
    found = path.stat()
    source = Source(path, ContentRecord(id="a", titles={"en": "A"}), found.st_size, found.st_mtime_ns)
    s3, bucket = environment.client("s3"), environment.outputs["raw_bucket"]
    unwanted = Uploader(s3, bucket, tmp_path / "uploads").upload(
        source, lambda _: None, key=None, wanted=lambda _: False
    )
    assert unwanted is None
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    assert list((tmp_path / "uploads").iterdir()) == []


def test_a_file_that_is_too_large_for_the_stream_is_told_with_what_to_do(environment: Environment) -> None:
    film = video(environment, "film.mp4", 3 * 1024 * 1024)
    done = environment.streamflix("ingest", str(film), "--transport", "stream", "--json")
    assert done.code == 1
    assert "has 3.0 MiB; the stream takes 2.0 MiB" in done.envelope["error"]["message"]
    assert "Leave --transport out" in done.envelope["error"]["hint"]
    assert done.data["failed"][0]["code"] == "FILE_TOO_LARGE"


def test_files_of_one_id_are_warned_of(environment: Environment) -> None:
    for name in ("s1/e01.mp4", "s2/e01.mp4"):
        (environment.root / name).parent.mkdir()
        video(environment, name, 100)
    done = environment.streamflix("ingest", "s1", "s2", "--json")
    (warning,) = done.envelope["warnings"]
    assert warning.startswith("s1/e01.mp4, s2/e01.mp4 have the same id, `e01`")
    assert len(done.data["jobs"]) == 2


def wait_for_submission(environment: Environment) -> Callable[[], bool]:
    return lambda: len(environment.submissions()) > 0


def test_waiting_ends_with_the_reason_why_a_video_was_not_published(environment: Environment) -> None:
    film, content_id = video(environment, "film.mp4", 100), title(environment, "film")
    waiting = environment.start("ingest", str(film), "--wait", "--json")
    until(wait_for_submission(environment))
    environment.shared.store.reject(environment.receive(), "NOT_A_VIDEO", "It is noise.")
    out, err = waiting.process.communicate(timeout=60)
    assert waiting.process.returncode == 1, err
    assert '"code": "NOT_PUBLISHED"' in out
    assert f"{content_id}: submitted" in err
    assert f"{content_id}: rejected NOT_A_VIDEO: It is noise." in err


def test_a_rejected_video_that_is_submitted_again_is_waited_for_anew(environment: Environment) -> None:
    film = video(environment, "film.mp4", 100)
    title(environment, "film")
    environment.streamflix("ingest", str(film))
    environment.shared.store.reject(environment.receive(), "NOT_A_VIDEO", "It is noise.")
    waiting = environment.start("ingest", str(film), "--wait", "--json")
    until(lambda: len(environment.submissions()) == 2)
    # The old state stands in the database until the new record is seen.
    with pytest.raises(Exception, match="timed out"):
        waiting.process.wait(4)
    environment.shared.store.hold(environment.receive(), "RIGHTS_MISSING", "No rights for NL.", [])
    out, _ = waiting.process.communicate(timeout=60)
    assert waiting.process.returncode == 1
    assert '"state": "held"' in out


def test_interrupted_while_waiting_it_says_that_the_jobs_go_on(environment: Environment) -> None:
    waiting = environment.start("ingest", str(video(environment, "film.mp4", 100)), "--wait", "--json")
    until(wait_for_submission(environment))
    done = waiting.interrupt()
    assert done.code == 130
    error, (job,) = done.envelope["error"], done.data["jobs"]
    assert (error["code"], error["message"]) == ("INTERRUPTED", "Interrupted; the job goes on.")
    assert f"`streamflix jobs show {job['job_id']} --env {environment.name}`" in error["hint"]
