"""What the consumer does around a step, with steps that behave as each test needs."""

import errno
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from lib.contracts.states import TaskKind
from lib.worker.doorbells import Message
from lib.worker.errors import CancelledError, RejectedError
from lib.worker.steps import STEPS, Completion, Work
from tests.integration.local.parts import eventually
from tests.integration.worker.pipeline import Pipeline

Step = Callable[[Work], Completion]
Replace = Callable[[TaskKind, Step], None]
INTERRUPTED_SECONDS = 5
"""How soon work must end, whatever the lease."""


@pytest.fixture
def replace(monkeypatch: pytest.MonkeyPatch) -> Replace:
    def replace(kind: TaskKind, step: Step) -> None:
        monkeypatch.setitem(STEPS, kind, step)

    return replace


@pytest.fixture
def job(pipeline: Pipeline, tmp_path: Path) -> UUID:
    path = tmp_path / "video.mp4"
    path.write_bytes(b"video")
    return pipeline.submit(path)


@pytest.fixture
def waiting(replace: Replace) -> threading.Event:
    """A plan that goes on until it is interrupted; the event is set once it has begun."""
    begun = threading.Event()

    def step(work: Work) -> Completion:
        (work.folder / "file").write_text("left")
        work.report(0.25)
        begun.set()
        assert work.cancel.wait(60)
        raise CancelledError

    replace("plan", step)
    return begun


@pytest.fixture
def turning(pipeline: Pipeline, job: UUID, waiting: threading.Event) -> Iterator[threading.Thread]:
    """The consumer in the midst of that plan."""
    thread = threading.Thread(target=lambda: pipeline.consumer.turn(wait_seconds=5))
    thread.start()
    assert waiting.wait(20)
    yield thread
    thread.join(30)
    assert not thread.is_alive()


def failing(error: Exception) -> Step:
    def step(work: Work) -> Completion:
        raise error

    return step


def test_a_failure_is_tried_again_and_in_the_end_the_job_is_dead(
    pipeline: Pipeline, job: UUID, replace: Replace, caplog: pytest.LogCaptureFixture
) -> None:
    replace("plan", failing(ZeroDivisionError("by zero")))
    assert pipeline.consumer.turn(wait_seconds=5)
    (task,) = pipeline.tasks(job)
    assert (task["state"], task["attempts"]) == ("retry_wait", 1)
    assert task["error"]["code"] == "INTERNAL_ERROR"
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.exc_info

    assert pipeline.work() == 1
    row = pipeline.job(job)
    assert (row["state"], row["reason_code"]) == ("dead", "INTERNAL_ERROR")
    (letter,) = pipeline.received(pipeline.deployed.dead_letter_url)
    body = json.loads(letter["Body"])
    assert (body["type"], body["job_id"], body["code"]) == ("job.dead", str(job), "INTERNAL_ERROR")
    assert "by zero" in letter["MessageAttributes"]["reason"]["StringValue"]


def test_a_full_disk_is_named(pipeline: Pipeline, job: UUID, replace: Replace) -> None:
    replace("plan", failing(OSError(errno.ENOSPC, "No space left on device")))
    pipeline.consumer.turn(wait_seconds=5)
    (task,) = pipeline.tasks(job)
    assert task["error"]["code"] == "DISK_FULL"


def test_a_stopping_worker_gives_its_task_back(pipeline: Pipeline, job: UUID, turning: threading.Thread) -> None:
    pipeline.consumer.stop()
    turning.join(5)
    assert not turning.is_alive()
    (task,) = pipeline.tasks(job)
    assert (task["state"], task["attempts"]) == ("ready", 0)
    assert pipeline.queued() >= 1
    assert not list(Path(pipeline.environment["SCRATCH_DIR"]).rglob("file"))


def test_a_cancelled_job_ends_at_once(pipeline: Pipeline, job: UUID, turning: threading.Thread) -> None:
    pipeline.query("SELECT operator_cancel(%s, %s)", job, "person:0123456789abcdef")
    turning.join(INTERRUPTED_SECONDS)
    assert not turning.is_alive()
    assert pipeline.job(job)["state"] == "cancelled"


def test_the_lease_is_renewed_with_progress_long_before_the_message_is_hidden_again(
    pipeline: Pipeline, job: UUID, turning: threading.Thread
) -> None:
    hidden: list[Any] = []
    hasty = pipeline.consumer._jobs._hasty
    hasty.meta.events.register("after-call.sqs.ChangeMessageVisibility", lambda **call: hidden.append(call))
    (before,) = pipeline.tasks(job)
    eventually(lambda: pipeline.tasks(job)[0]["lease_until"] > before["lease_until"])
    assert pipeline.tasks(job)[0]["progress"] == 0.25
    assert not hidden

    eventually(lambda: hidden)
    assert pipeline.received(pipeline.deployed.queue_url) == []
    pipeline.consumer.stop()


def test_a_worker_whose_task_another_has_drops_it(pipeline: Pipeline, job: UUID, turning: threading.Thread) -> None:
    (held,) = pipeline.tasks(job)
    pipeline.query(
        "UPDATE task SET lease_token = nextval('lease_token'), worker = 'another' WHERE job_id = %s RETURNING 1",
        job,
        login="app",
    )
    turning.join(INTERRUPTED_SECONDS)
    assert not turning.is_alive()
    (task,) = pipeline.tasks(job)
    assert (task["state"], task["worker"]) == ("leased", "another")
    assert task["lease_token"] > held["lease_token"]


def test_a_result_that_comes_too_late_is_dropped(pipeline: Pipeline, job: UUID, replace: Replace) -> None:
    def step(work: Work) -> Completion:
        pipeline.query(
            "UPDATE task SET lease_token = nextval('lease_token') WHERE job_id = %s RETURNING 1", job, login="app"
        )
        return lambda: work.tools.store.reject(work.claim, "NOT_A_VIDEO", "too late")

    replace("plan", step)
    assert pipeline.consumer.turn(wait_seconds=5)
    assert pipeline.job(job)["state"] == "planning"


def test_a_job_that_is_cancelled_in_the_last_moment_is_not_carried_on(
    pipeline: Pipeline, job: UUID, replace: Replace
) -> None:
    def step(work: Work) -> Completion:
        pipeline.query("SELECT operator_cancel(%s, %s)", job, "person:0123456789abcdef")
        return lambda: work.tools.store.complete_land(work.claim, pipeline.upload(Path(__file__)))

    replace("plan", step)
    assert pipeline.consumer.turn(wait_seconds=5)
    assert pipeline.job(job)["state"] == "cancelled"


def test_a_task_whose_doorbell_is_lost_is_found_by_a_worker_that_just_worked(
    pipeline: Pipeline, job: UUID, replace: Replace
) -> None:
    replace("plan", failing(ZeroDivisionError()))
    assert pipeline.consumer.turn(wait_seconds=5)
    pipeline.clients("sqs").purge_queue(QueueUrl=pipeline.deployed.queue_url)
    time.sleep(1.1)
    assert pipeline.consumer.turn(wait_seconds=0)
    assert pipeline.job(job)["state"] == "dead"


def test_a_message_that_cannot_be_kept_hidden_costs_no_lease(
    pipeline: Pipeline, job: UUID, replace: Replace, caplog: pytest.LogCaptureFixture
) -> None:
    def step(work: Work) -> Completion:
        pipeline.consumer._keep(work.claim, Message(body="", receipt_handle="stale"))
        raise RejectedError("NOT_A_VIDEO", "It is none.")

    replace("plan", step)
    assert pipeline.consumer.turn(wait_seconds=5)
    assert pipeline.job(job)["state"] == "rejected"
    assert "could not be kept hidden" in caplog.text


def test_broken_connections_cost_nothing(pipeline: Pipeline, job: UUID, replace: Replace) -> None:
    def step(work: Work) -> Completion:
        with pipeline.postgresql.server.connect() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [pipeline.database_name]
            )
        raise RejectedError("NOT_A_VIDEO", "It is none.")

    replace("plan", step)
    assert pipeline.consumer.turn(wait_seconds=5)
    assert pipeline.job(job)["state"] == "rejected"


def test_an_event_that_cannot_be_told_holds_nothing_up(
    pipeline: Pipeline, job: UUID, replace: Replace, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline.query(
        """INSERT INTO outbox (kind, payload) VALUES ('event', '{"type": "video.published"}') RETURNING id""",
        login="owner",
    )
    pipeline.clients("sns").delete_topic(TopicArn=pipeline.deployed.topic_arn)
    replace("plan", failing(ZeroDivisionError()))
    assert pipeline.consumer.turn(wait_seconds=5)
    assert "could not be sent" in caplog.text
    unsent = pipeline.query("SELECT kind FROM outbox WHERE sent_at IS NULL", login="owner")
    assert [item["kind"] for item in unsent] == ["event"]
    assert pipeline.queued() >= 1
