"""SIGTERM, as ECS sends it, at every moment of a task: it is given back at once, and another worker finishes it."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import psutil
import pytest

from lib.contracts.states import TaskKind
from lib.worker.assembly import app_database, make_consumer
from lib.worker.consumer import Consumer
from lib.worker.objects import Objects
from lib.worker.scratch import Scratch
from lib.worker.settings import Settings
from lib.worker.stream import Stream
from tests.clips import make_clip
from tests.integration.worker.pipeline import Pipeline
from tests.integration.worker.test_land import stream

ENDED_SECONDS = 30
"""Generous on a busy machine; ECS kills after 120."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=2, tone=None)


@pytest.fixture
def preempted(pipeline: Pipeline, tmp_path: Path) -> Iterator[Consumer]:
    """A worker that ends with SIGTERM, as `python -m lib.worker worker` does."""
    settings = Settings.model_validate({**pipeline.environment, "SCRATCH_DIR": str(tmp_path / "preempted")})
    with closing(app_database(settings)) as database:
        consumer = make_consumer(settings, database)
        before = signal.signal(signal.SIGTERM, lambda *_: consumer.stop())
        yield consumer
        signal.signal(signal.SIGTERM, before)


Signalled = list[float]
"""When the signal was sent, if it was."""


@pytest.fixture
def signalled() -> Signalled:
    return []


def terminate(signalled: Signalled) -> None:
    signalled.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGTERM)


def interrupted(
    signalled: Signalled, monkeypatch: pytest.MonkeyPatch, owner: Any, method: str, *, before: bool = True
) -> None:
    """Sends the signal once, just before or after the next call of a method."""
    original: Callable[..., Any] = getattr(owner, method)

    def call(*arguments: Any, **named: Any) -> Any:
        if before and not signalled:
            terminate(signalled)
        answer = original(*arguments, **named)
        if not signalled:
            terminate(signalled)
        return answer

    monkeypatch.setattr(owner, method, call)


def advance(pipeline: Pipeline, kind: TaskKind) -> None:
    """Lets a worker work until a task of this kind is next."""
    while not pipeline.query("SELECT FROM task WHERE kind = %s AND state = 'ready'", kind):
        assert pipeline.consumer.turn(wait_seconds=5)


def submit(pipeline: Pipeline, clip: Path, kind: TaskKind) -> UUID:
    """A job whose next task is of this kind."""
    if kind == "land":
        return pipeline.submit(clip, stream(pipeline, clip.read_bytes()))
    job = pipeline.submit(clip)
    if kind != "plan":
        advance(pipeline, kind)
    return job


def is_given_back(pipeline: Pipeline, job: UUID, kind: TaskKind) -> None:
    """At once: neither a lease nor a hidden message is waited for, and the attempt does not count."""
    (task,) = (task for task in pipeline.tasks(job) if task["kind"] == kind)
    assert (task["state"], task["attempts"]) == ("ready", 0)
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    left = pipeline.clients("sqs").get_queue_attributes(QueueUrl=pipeline.deployed.queue_url, AttributeNames=names)
    assert int(left["Attributes"]["ApproximateNumberOfMessages"]) >= 1
    assert left["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "0"


def is_finished_by_another(pipeline: Pipeline, job: UUID) -> None:
    pipeline.work()
    assert pipeline.published() == {job}
    assert len(pipeline.received(pipeline.deployed.events_url)) == 1
    assert all(task["attempts"] == 1 for task in pipeline.tasks(job))


MOMENTS: list[tuple[TaskKind, type | ModuleType, str]] = [
    ("land", Stream, "assemble"),
    ("land", Objects, "upload"),
    ("plan", Scratch, "source"),
    ("encode", Objects, "upload_folder"),
    ("finish", Objects, "download_folder"),
    ("finish", import_module("lib.worker.steps.finish"), "checksums"),
    ("finish", Objects, "upload_folder"),
]
"""A task, and what it is about to do."""


def prolonged(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, begun: Callable[[], object]) -> None:
    """Makes a call last until the work is to end; the real one must then notice by itself."""
    original: Callable[..., Any] = getattr(owner, name)

    def call(*arguments: Any, cancel: threading.Event, **named: Any) -> Any:
        begun()
        assert cancel.wait(ENDED_SECONDS)
        monkeypatch.setattr(owner, name, original)
        original(*arguments, cancel=cancel, **named)
        pytest.fail("it was not interrupted")

    monkeypatch.setattr(owner, name, call)


@pytest.mark.parametrize(("kind", "owner", "name"), MOMENTS)
def test_in_the_midst_of_a_task_it_is_given_back(
    *,
    pipeline: Pipeline,
    clip: Path,
    preempted: Consumer,
    signalled: Signalled,
    monkeypatch: pytest.MonkeyPatch,
    kind: TaskKind,
    owner: object,
    name: str,
) -> None:
    job = submit(pipeline, clip, kind)
    prolonged(monkeypatch, owner, name, lambda: terminate(signalled))
    preempted.run()
    assert time.monotonic() - signalled[0] < ENDED_SECONDS
    is_given_back(pipeline, job, kind)
    is_finished_by_another(pipeline, job)


@pytest.mark.parametrize(("kind", "owner", "name"), [MOMENTS[0], MOMENTS[2], MOMENTS[5]])
def test_in_the_midst_of_a_task_a_cancelled_job_ends(
    *, pipeline: Pipeline, clip: Path, monkeypatch: pytest.MonkeyPatch, kind: TaskKind, owner: object, name: str
) -> None:
    job = submit(pipeline, clip, kind)
    person = "person:0123456789abcdef"
    prolonged(monkeypatch, owner, name, lambda: pipeline.query("SELECT operator_cancel(%s, %s)", job, person))
    assert pipeline.consumer.turn(wait_seconds=5)
    assert pipeline.job(job)["state"] == "cancelled"
    assert pipeline.work() == 0
    assert pipeline.published() == set()
    assert not any(path.is_file() for path in Path(pipeline.environment["SCRATCH_DIR"], "tasks").rglob("*"))


@pytest.mark.parametrize("kind", ["plan", "encode", "finish"])
def test_while_a_child_works_it_is_ended_and_the_task_given_back(
    pipeline: Pipeline, clip: Path, preempted: Consumer, signalled: Signalled, kind: TaskKind
) -> None:
    job = submit(pipeline, clip, kind)
    children: list[psutil.Process] = []

    def watch() -> None:
        child = stopped_child(others)
        children.extend([child] if child else [])
        terminate(signalled)

    others = set(psutil.Process().children())
    watching = threading.Thread(target=watch)
    watching.start()
    preempted.run()
    watching.join()
    assert time.monotonic() - signalled[0] < ENDED_SECONDS
    assert not children[0].is_running()
    is_given_back(pipeline, job, kind)
    is_finished_by_another(pipeline, job)


def stopped_child(others: set[psutil.Process], seconds: float = 20) -> psutil.Process | None:
    """Waits for a child that is none of the others, and stops it, so that it does not end by itself.

    One that still runs this program's code is let alone: whoever starts it waits until it runs its own.
    """
    us, deadline = psutil.Process(), time.monotonic() + seconds
    while time.monotonic() < deadline:
        for child in set(us.children()) - others:
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                if child.cmdline() not in ([], us.cmdline()):
                    child.suspend()
                    return child
        time.sleep(0.002)
    return None


def test_between_claim_and_heartbeat_the_task_is_given_back(
    pipeline: Pipeline, clip: Path, preempted: Consumer, signalled: Signalled, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit(pipeline, clip, "plan")
    interrupted(signalled, monkeypatch, preempted._store, "claim", before=False)
    preempted.run()
    assert time.monotonic() - signalled[0] < ENDED_SECONDS
    is_given_back(pipeline, job, "plan")
    is_finished_by_another(pipeline, job)


def test_before_the_claim_nothing_is_lost(
    pipeline: Pipeline, clip: Path, preempted: Consumer, signalled: Signalled, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = pipeline.submit(clip)
    interrupted(signalled, monkeypatch, preempted._store, "submit")
    preempted.run()
    is_given_back(pipeline, job, "plan")
    is_finished_by_another(pipeline, job)


@pytest.mark.parametrize("before", [True, False])
def test_while_it_publishes_the_title_is_published_once(
    *,
    pipeline: Pipeline,
    clip: Path,
    preempted: Consumer,
    signalled: Signalled,
    monkeypatch: pytest.MonkeyPatch,
    before: bool,
) -> None:
    job = submit(pipeline, clip, "finish")
    interrupted(signalled, monkeypatch, preempted._store, "publish", before=before)
    preempted.run()
    assert time.monotonic() - signalled[0] < ENDED_SECONDS
    is_finished_by_another(pipeline, job)
    assert pipeline.queued() == 0


def test_while_the_outbox_sends_what_it_sends_arrives(
    pipeline: Pipeline, clip: Path, preempted: Consumer, signalled: Signalled, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit(pipeline, clip, "plan")
    interrupted(signalled, monkeypatch, preempted._outbox._jobs, "ring")
    preempted.run()
    assert time.monotonic() - signalled[0] < ENDED_SECONDS
    assert pipeline.queued() >= 1
    is_finished_by_another(pipeline, job)
