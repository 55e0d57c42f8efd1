"""The roles of the tasks allow every call that they make on AWS: moto would let them do anything."""

import ast
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import boto3
import pytest
from botocore import xform_name

import lib.worker
from lib.contracts.messages import JobDead
from lib.profile import Environment, Profile
from lib.worker.assembly import app_database, make_housekeeping
from lib.worker.errors import CancelledError
from lib.worker.intents import declare
from lib.worker.settings import HousekeepingSettings
from tests.clips import make_clip
from tests.integration.worker.pipeline import Deployed, Pipeline
from tests.integration.worker.test_land import stream
from tests.integration.worker.test_redelivery import given_up, send_letter
from tests.unit.lib.synthesis import Synthesized, action_of, synthesize_pipeline

MIB = 1024 * 1024
MEMBERS = {"_s3", "_sqs", "_hasty", "_kinesis", "_sns", "_cloudwatch", "secrets"}
"""What clients are called in the worker's code."""
Permission = tuple[str, str]
"""An action, and what it is done to: the resource's name without environment and account, `/*` for its objects."""

IN_ITS_NAME = {"ecs:GetTaskProtection", "ecs:UpdateTaskProtection", "kms:Decrypt", "kms:GenerateDataKey"}
"""What the ECS agent and the services do for a role."""
BROKEN_OFF = {"s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"}
"""What ends an upload that failed."""
NEVER_CALLED: set[Permission] = {
    ("s3:GetObjectVersion", "processed-bucket/*"),  # comes with reading
    ("s3:ListBucket", "raw-bucket"),  # makes a missing video missing, not forbidden
}


@dataclass
class Calls:
    """What was called while somebody listened."""

    operations: set[str] = field(default_factory=set)
    permissions: set[Permission] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    _listening: bool = False

    def hear(self, params: dict[str, Any], model: Any, **_: object) -> None:
        if not self._listening:
            return
        service, operation = str(model.service_model.service_name), str(model.name)
        self.operations.add(xform_name(operation))
        action = action_of(service, operation)
        if action == "s3:GetObject" and "VersionId" in params:
            action = "s3:GetObjectVersion"
        # GetRecords names its stream within the iterator; PutMetricData has no resource.
        keys = ("Bucket", "QueueUrl", "StreamName", "TopicArn", "SecretId")
        named = next((params[key] for key in keys if key in params), None)
        resource = {"kinesis": "kinesis-stream", "cloudwatch": "*"}.get(service) or self.names[str(named)]
        objects = "/*" if service == "s3" and action != "s3:ListBucket" else ""
        self.permissions.add((action, resource + objects))

    @contextmanager
    def listening(self) -> Iterator[None]:
        self._listening = True
        try:
            yield
        finally:
            self._listening = False


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Hears every client that is made after it."""
    heard = Calls()
    session = boto3.Session()
    session.events.register("before-parameter-build", heard.hear)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    return heard


@pytest.fixture
def names(calls: Calls, pipeline: Pipeline) -> None:
    """What the stack would have called the test's resources."""
    deployed: Deployed = pipeline.deployed
    calls.names = {
        deployed.raw: "raw-bucket",
        deployed.processed: "processed-bucket",
        deployed.evidence: "evidence-bucket",
        deployed.queue_url: "video-jobs-queue",
        deployed.dead_letter_url: "video-jobs-dead-letter-queue",
        deployed.pipe_dead_letter_url: "pipe-dead-letter-queue",
        deployed.topic_arn: "video-events-topic",
        pipeline.environment["APP_SECRET_ARN"]: "database-app-secret",
    }


@pytest.fixture(scope="module")
def stack() -> Synthesized:
    return synthesize_pipeline(Profile(environment=Environment(ephemeral=False)))


def allowed(stack: Synthesized, role: str) -> set[Permission]:
    """What a role may do, to which resources."""
    names = {
        f"${{{type_}.{id_}.arn}}": resource.get("name") or resource.get("bucket") or "kms-key-t1"
        for type_ in ("aws_s3_bucket", "aws_kinesis_stream", "aws_kms_key", "aws_secretsmanager_secret")
        for id_, resource in stack.document["resource"][type_].items()
    }

    def name(resource: str) -> str:
        arn, objects, _ = resource.partition("/*")
        return names.get(arn, arn.rsplit(":", 1)[-1]).split("-t1")[0] + objects

    return {
        (action, name(resource))
        for policy in stack.inline_policies(role).values()
        for statement in policy
        for action in statement["Action"]
        for resource in statement["Resource"]
    }


def called_in_the_code() -> set[str]:
    """Every operation that the worker's code asks a client for."""
    found = set()
    for path in Path(str(lib.worker.__file__)).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            owner = node.func.value
            if (owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")) in MEMBERS:
                asked = node.func.attr
                found.add(ast.literal_eval(node.args[0]) if asked == "get_paginator" else asked)
    return found


def test_the_roles_allow_what_worker_and_housekeeping_call_and_little_else(
    calls: Calls, pipeline: Pipeline, names: None, stack: Synthesized, tmp_path: Path
) -> None:
    work(calls, pipeline, tmp_path)
    by_worker, calls.permissions = calls.permissions, set()
    keep_house(calls, pipeline, tmp_path)

    assert called_in_the_code() - calls.operations == set(), "this test leaves it out"
    worker, housekeep = allowed(stack, "worker-role-t1"), allowed(stack, "housekeep-role-t1")
    assert (by_worker - worker, calls.permissions - housekeep) == (set(), set())
    assert (beyond(worker, by_worker), beyond(housekeep, calls.permissions)) == (set(), set())


def beyond(permitted: set[Permission], called: set[Permission]) -> set[Permission]:
    return {one for one in permitted - called - NEVER_CALLED if one[0] not in IN_ITS_NAME | BROKEN_OFF}


def work(calls: Calls, pipeline: Pipeline, folder: Path) -> None:
    """Everything that a worker runs into: a streamed video, an undecodable message, a heartbeat, an interrupt."""
    clip = make_clip(folder / "clip.mp4", seconds=1)
    # Large enough to be uploaded in parts: an MP4 box that everybody passes over.
    size = 9 * MIB
    clip.write_bytes(clip.read_bytes() + size.to_bytes(4) + b"free" + bytes(size - 8))
    pipeline.submit(clip, stream(pipeline, clip.read_bytes(), chunk_bytes=MIB // 2))
    pipeline.send("undecodable")
    while pipeline.queued():
        with calls.listening():
            pipeline.consumer.turn(wait_seconds=1)
    assert len(pipeline.published()) == 1

    (folder / "another").write_bytes(b"no video")
    pipeline.submit(folder / "another")
    consumer = pipeline.consumer
    with calls.listening():
        message = consumer._jobs.receive(wait_seconds=1)
        assert message
        assert consumer._understood(message)
        claim = consumer._store.claim("worker")
        assert claim
        consumer._keep(claim, message)
        stopped = Event()
        stopped.set()
        with pytest.raises(CancelledError):
            consumer._tools.objects.upload(clip, pipeline.deployed.raw, "landed/stopped", cancel=stopped)
        consumer._tools.objects.upload_folder(folder, pipeline.deployed.processed, "work/stopped/", cancel=Event())


def keep_house(calls: Calls, pipeline: Pipeline, folder: Path) -> None:
    """Everything that housekeeping mends: it finds messages of all kinds, leftovers, and a video not yet landed."""
    bucket, objects = pipeline.deployed.processed, pipeline.consumer._tools.objects
    finished = next(iter(pipeline.published()))
    pipeline.clients("s3").delete_object(Bucket=bucket, Key="work/stopped/clip.mp4")
    pipeline.clients("s3").put_object(Bucket=bucket, Key="titles/left/a", Body=b"x")
    declare(objects, bucket, parts_prefix=f"work/{finished}/1/", title_prefix="titles/left/")
    (folder / "waiting").write_bytes(b"video")
    pipeline.submit(folder / "waiting", stream(pipeline, b"video"))
    message = pipeline.consumer._jobs.receive(wait_seconds=5)
    assert message
    assert pipeline.consumer._understood(message)
    letter = JobDead(job_id=finished, content_id="film", code="INTERNAL_ERROR", reason="It is tried.")
    pipeline.query(
        """
        INSERT INTO outbox (kind, payload) VALUES
            ('event', '{"type": "video.published"}'), ('dead_letter', %s::jsonb) RETURNING 1
        """,
        letter.model_dump_json(),
        login="app",
    )
    pipeline.end_long_ago()
    given_up(pipeline, pipeline.submission(folder / "waiting").to_bytes())
    send_letter(pipeline, "not a letter")
    settings = HousekeepingSettings.model_validate(pipeline.environment)
    with closing(app_database(settings)) as database, calls.listening():
        assert make_housekeeping(settings, database).run()
    assert "titles/left/a" not in pipeline.keys(bucket)
