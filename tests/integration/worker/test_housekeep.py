"""Housekeeping mends what was lost."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from lib.contracts.records import ChunkRange, StreamLocation
from lib.worker.intents import declare
from lib.worker.objects import Objects
from tests.integration.worker.pipeline import Pipeline


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "video.mp4"
    path.write_bytes(b"video")
    return path


def store(pipeline: Pipeline) -> None:
    """Takes all messages, and stores submissions without working on them."""
    while message := pipeline.consumer._jobs.receive(wait_seconds=0):
        assert pipeline.consumer._understood(message)
        pipeline.consumer._jobs.delete(message)


@pytest.fixture
def stored(pipeline: Pipeline, path: Path) -> UUID:
    """A job whose worker was lost while it claimed the plan; neither message nor doorbell is left."""
    job = pipeline.submit(path)
    store(pipeline)
    pipeline.consumer._store.claim("lost")
    pipeline.query("UPDATE task SET lease_until = now() - interval '1 second' RETURNING 1", login="app")
    pipeline.query("UPDATE outbox SET sent_at = now() RETURNING 1", login="app")
    return job


def test_the_task_of_a_lost_worker_is_rung_for_again(pipeline: Pipeline, stored: UUID) -> None:
    assert pipeline.queued() == 0
    assert pipeline.housekeeping.run()
    assert pipeline.queued() == 1
    (task,) = pipeline.tasks(stored)
    assert (task["state"], task["attempts"]) == ("ready", 1)
    assert pipeline.housekeeping.run()
    assert pipeline.queued() == 1


def test_a_lost_doorbell_rings_again(pipeline: Pipeline, stored: UUID) -> None:
    pipeline.query("UPDATE task SET state = 'ready' RETURNING 1", login="app")
    assert pipeline.housekeeping.run()
    assert pipeline.queued() == 1


def put(pipeline: Pipeline, *keys: str) -> None:
    for key in keys:
        pipeline.clients("s3").put_object(Bucket=pipeline.deployed.processed, Key=key, Body=b"x")


def test_parts_of_finished_jobs_and_what_nothing_points_to_go(pipeline: Pipeline, stored: UUID, clients: Any) -> None:
    bucket = pipeline.deployed.processed
    objects = Objects(clients("s3"))
    finished = uuid4()
    published, failed = f"titles/film/{finished}/3/", f"titles/film/{finished}/2/"
    put(pipeline, f"work/{stored}/5/video.mp4", f"work/{finished}/1/video.mp4", f"{published}a", f"{failed}a")
    declare(objects, bucket, parts_prefix=f"work/{finished}/2/", title_prefix=failed)
    declare(objects, bucket, parts_prefix=f"work/{finished}/3/", title_prefix=published)
    pipeline.query(
        """
        INSERT INTO job (job_id, content_id, file_name, size_bytes, sha256, ladder_version, priority, source,
                         submitted_at, submitted_by, submission_sequence)
        SELECT %s, content_id, file_name, size_bytes, sha256, ladder_version, priority, source,
               submitted_at, submitted_by, submission_sequence FROM job RETURNING 1
        """,
        finished,
        login="owner",
    )
    for state in ("planning", "encoding", "finishing"):
        pipeline.query("UPDATE job SET state = %s WHERE job_id = %s RETURNING 1", state, finished, login="owner")
    pipeline.query(
        """
        UPDATE job SET state = 'published', published_prefix = %s, published_token = 3 WHERE job_id = %s RETURNING 1
        """,
        f"s3://{bucket}/{published}",
        finished,
        login="owner",
    )
    assert pipeline.housekeeping.run()
    assert f"{failed}a" in pipeline.keys(bucket), "whoever lost its lease may still be writing it"
    pipeline.end_long_ago()
    assert pipeline.housekeeping.run()
    assert pipeline.keys(bucket) == [f"{published}a", f"work/{stored}/5/video.mp4"]


def maximum(pipeline: Pipeline, metric: str) -> float | None:
    """The greatest value of the last hour; None without any."""
    now = datetime.now(UTC)
    points = pipeline.clients("cloudwatch").get_metric_statistics(
        Namespace=pipeline.environment["METRICS_NAMESPACE"],
        MetricName=metric,
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1),
        Period=3600,
        Statistics=["Maximum"],
    )["Datapoints"]
    return max((point["Maximum"] for point in points), default=None)


def test_the_age_of_the_oldest_unlanded_video_is_told(pipeline: Pipeline, path: Path, stored: UUID) -> None:
    assert pipeline.housekeeping.run()
    namespace = pipeline.environment["METRICS_NAMESPACE"]
    assert pipeline.clients("cloudwatch").list_metrics(Namespace=namespace)["Metrics"] == []

    where = StreamLocation(
        stream=pipeline.deployed.stream,
        upload_id="u",
        chunks=1,
        ranges=(ChunkRange(shard_id="shardId-000000000000", first="1", last="1"),),
    )
    path.write_bytes(b"another")
    pipeline.submit(path, where)
    store(pipeline)
    pipeline.query(
        "UPDATE job SET submitted_at = now() - interval '2 hours' WHERE source->>'kind' = 'stream' RETURNING 1",
        login="owner",
    )
    assert pipeline.housekeeping.run()
    assert maximum(pipeline, "OldestUnlandedRecordSeconds") == pytest.approx(7200, abs=60)


def test_webhooks_that_were_given_up_are_told(pipeline: Pipeline, stored: UUID) -> None:
    pipeline.query(
        "UPDATE job SET state = 'rejected', reason_code = 'NOT_A_VIDEO' WHERE job_id = %s RETURNING 1",
        stored,
        login="owner",
    )
    pipeline.query(
        "UPDATE webhook SET receiver = 'https://gone.example', created_at = now() - interval '25 hours' RETURNING 1",
        login="owner",
    )
    assert pipeline.housekeeping.run()
    # Nobody is told of an age: the video was uploaded.
    assert maximum(pipeline, "WebhooksGivenUp") == 1
    assert maximum(pipeline, "OldestUnlandedRecordSeconds") is None


def test_the_head_of_the_audit_trail_is_anchored_once(pipeline: Pipeline, stored: UUID) -> None:
    assert pipeline.housekeeping.run()
    heads = pipeline.keys(pipeline.deployed.evidence)
    assert heads
    assert pipeline.housekeeping.run()
    versions = pipeline.clients("s3").list_object_versions(Bucket=pipeline.deployed.evidence)["Versions"]
    assert len(versions) == len(pipeline.keys(pipeline.deployed.evidence))


def test_a_part_that_fails_leaves_the_others_undisturbed(pipeline: Pipeline, stored: UUID) -> None:
    pipeline.clients("sqs").delete_queue(QueueUrl=pipeline.deployed.queue_url)
    assert not pipeline.housekeeping.run()
    (task,) = pipeline.tasks(stored)
    assert task["state"] == "ready"
    assert pipeline.keys(pipeline.deployed.evidence)
