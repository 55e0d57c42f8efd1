"""Messages become tasks, and tasks end, whatever they run into."""

import json
from pathlib import Path

from lib.contracts.records import ObjectLocation
from tests.clips import make_clip
from tests.integration.worker.pipeline import Pipeline

DOORBELL = json.dumps({"type": "task.ready", "v": 1})


def test_a_video_is_published(pipeline: Pipeline, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=3)
    job = pipeline.submit(clip, priority="urgent")

    assert pipeline.work() == 4

    row = pipeline.job(job)
    assert row["state"] == "published"
    prefix = f"s3://{pipeline.deployed.processed}/titles/film/{job}/{row['published_token']}/"
    assert row["published_prefix"] == prefix
    keys = pipeline.keys(pipeline.deployed.processed, prefix.split("/", 3)[3])
    names = {key.rsplit("/", 1)[1] for key in keys}
    assert {"master.m3u8", "manifest.mpd", "poster.jpg", "thumbnails.vtt", "checksums.json"} <= names
    kinds = [rendition["kind"] for rendition in pipeline.query("SELECT kind FROM rendition ORDER BY kind")]
    assert kinds == ["audio", "image", "video", "video"]
    (event,) = pipeline.received(pipeline.deployed.events_url)
    assert json.loads(event["Body"])["type"] == "video.published"
    assert len(pipeline.keys(pipeline.deployed.evidence, "audit/heads/")) == 1
    assert pipeline.received(pipeline.deployed.dead_letter_url) == []


def test_everything_published_has_its_checksum_and_content_type(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.submit(make_clip(tmp_path / "clip.mp4", tone=None))
    assert pipeline.work() == 3
    s3, bucket = pipeline.clients("s3"), pipeline.deployed.processed
    keys = pipeline.keys(bucket, "titles/")
    (listing,) = (key for key in keys if key.endswith("checksums.json"))
    checksums = json.loads(s3.get_object(Bucket=bucket, Key=listing)["Body"].read())
    assert {key.removeprefix(listing.removesuffix("checksums.json")) for key in keys} == {*checksums, "checksums.json"}
    for key in keys:
        assert s3.head_object(Bucket=bucket, Key=key)["ContentType"] != "application/octet-stream", key


def test_what_is_no_video_is_rejected_at_once(pipeline: Pipeline, tmp_path: Path) -> None:
    path = tmp_path / "text.mp4"
    path.write_text("no video at all " * 100)
    job = pipeline.submit(path)
    assert pipeline.work() == 1
    row = pipeline.job(job)
    assert (row["state"], row["reason_code"]) == ("rejected", "NOT_A_VIDEO")
    assert pipeline.received(pipeline.deployed.dead_letter_url) == []


def test_a_file_that_is_not_what_was_submitted_is_rejected(pipeline: Pipeline, tmp_path: Path) -> None:
    submitted, other, longer = (tmp_path / name for name in ("submitted.mp4", "other.mp4", "longer.mp4"))
    submitted.write_bytes(b"a" * 100)
    other.write_bytes(b"b" * 100)
    longer.write_bytes(b"a" * 101)
    for uploaded, code in ((other, "CHECKSUM_MISMATCH"), (longer, "SIZE_MISMATCH")):
        job = pipeline.submit(submitted, pipeline.upload(uploaded))
        pipeline.work()
        assert pipeline.job(job)["reason_code"] == code


def test_a_source_that_is_gone_or_elsewhere_is_rejected(pipeline: Pipeline, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"x")
    for bucket in (pipeline.deployed.raw, pipeline.deployed.evidence):
        job = pipeline.submit(path, ObjectLocation(bucket=bucket, key="uploads/nothing"))
        pipeline.work()
        assert pipeline.job(job)["reason_code"] == "SOURCE_MISSING"


def test_a_title_without_rights_is_held_until_it_has_them(pipeline: Pipeline, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=1, tone=None)
    job = pipeline.submit(clip, rights=[{"territories": ["NL"]}])
    assert pipeline.work() == 1
    row = pipeline.job(job)
    assert (row["state"], row["reason_code"]) == ("held", "RIGHTS_MISSING")
    assert "DE" in row["reason"]
    assert "NL" not in row["reason"]
    (check,) = pipeline.query("SELECT * FROM compliance_check WHERE job_id = %s", job)
    assert (check["outcome"], check["detail"]) == ("failed", {"missing": ["DE"]})

    pipeline.submit(clip, rights=[{"territories": ["NL", "DE"]}])
    pipeline.work()
    assert pipeline.job(job)["state"] == "published"


def test_an_undecodable_message_goes_to_the_dead_letters_with_its_reason(pipeline: Pipeline) -> None:
    for body in ("not json", '{"type": "task.ready", "v": 99}', '{"eventSource": "aws:kinesis", "data": "!"}'):
        pipeline.send(body)
        assert pipeline.work() == 0
        (letter,) = pipeline.received(pipeline.deployed.dead_letter_url)
        assert letter["Body"] == body
        assert letter["MessageAttributes"]["reason"]["StringValue"]
    namespace = pipeline.environment["METRICS_NAMESPACE"]
    metrics = pipeline.clients("cloudwatch").list_metrics(Namespace=namespace)["Metrics"]
    assert {metric["MetricName"] for metric in metrics} == {"UndecodableMessages"}


def test_a_doorbell_without_work_is_gone_at_once(pipeline: Pipeline) -> None:
    pipeline.send(DOORBELL)
    assert pipeline.consumer.turn(wait_seconds=1) is False
    sqs = pipeline.clients("sqs")
    left = sqs.get_queue_attributes(QueueUrl=pipeline.deployed.queue_url, AttributeNames=["All"])["Attributes"]
    assert left["ApproximateNumberOfMessages"] == left["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_a_submission_that_comes_twice_is_one_job(pipeline: Pipeline, tmp_path: Path) -> None:
    path = tmp_path / "text.mp4"
    path.write_text("text " * 100)
    assert pipeline.submit(path) == pipeline.submit(path)
    pipeline.work()
    assert len(pipeline.query("SELECT job_id FROM job")) == 1
