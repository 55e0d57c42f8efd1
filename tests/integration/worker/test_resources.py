"""A full disk, and memory that runs out: the task is tried again on a clean disk, and in the end its job is dead."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch
from uuid import UUID

import psutil
import pytest

from lib.contracts.errors import FailureCode
from lib.contracts.states import TaskKind
from tests.clips import make_clip
from tests.integration.worker.pipeline import Pipeline
from tests.integration.worker.test_preemption import stopped_child, submit

FULL = "/dev/full"
"""The kernel answers a write to it as one to a full volume."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=2, tone=None)


@contextmanager
def no_room_for(pipeline: Pipeline, name: str) -> Iterator[None]:
    """Meanwhile no task can write a file of this name."""
    scratch = pipeline.consumer._tools.scratch
    original = scratch.task_folder

    @contextmanager
    def task_folder(token: int) -> Iterator[Path]:
        with original(token) as folder:
            (folder / name).symlink_to(FULL)
            yield folder

    with patch.object(scratch, "task_folder", task_folder):
        yield


def fails_twice(pipeline: Pipeline, job: UUID, kind: TaskKind, code: FailureCode) -> None:
    """At first it is tried again; then the attempts are used up."""
    assert pipeline.consumer.turn(wait_seconds=5)
    (task,) = (task for task in pipeline.tasks(job) if task["kind"] == kind)
    assert (task["state"], task["attempts"], task["error"]["code"]) == ("retry_wait", 1, code)
    assert pipeline.work() == 1
    row = pipeline.job(job)
    assert (row["state"], row["reason_code"]) == ("dead", code)
    (letter,) = pipeline.received(pipeline.deployed.dead_letter_url)
    assert json.loads(letter["Body"])["code"] == code


def succeeds_now(pipeline: Pipeline, job: UUID) -> None:
    pipeline.query("SELECT operator_retry(%s, %s)", job, "person:0123456789abcdef")
    pipeline.consumer._outbox.send()
    pipeline.work()
    assert pipeline.published() == {job}


@pytest.mark.parametrize(("kind", "name"), [("land", "video.spool"), ("encode", "video-180p.mp4")])
def test_a_full_disk(pipeline: Pipeline, clip: Path, kind: TaskKind, name: str) -> None:
    job = submit(pipeline, clip, kind)
    with no_room_for(pipeline, name):
        fails_twice(pipeline, job, kind, "DISK_FULL")
    succeeds_now(pipeline, job)


def on_disk(pipeline: Pipeline) -> set[Path]:
    return {path for path in Path(pipeline.environment["SCRATCH_DIR"]).rglob("*") if not path.is_dir()}


def test_a_source_that_stands_in_the_way_of_the_next_task_is_removed(pipeline: Pipeline, clip: Path) -> None:
    submit(pipeline, clip, "encode")
    assert on_disk(pipeline), "the source is kept for the job's other tasks"
    with no_room_for(pipeline, "video-180p.mp4"):
        assert pipeline.consumer.turn(wait_seconds=5)
    assert on_disk(pipeline) == set()


def test_an_encoder_that_the_kernel_ends_for_its_memory(pipeline: Pipeline, clip: Path) -> None:
    job = submit(pipeline, clip, "encode")
    killed: list[psutil.Process] = []
    ended = threading.Event()
    others = set(psutil.Process().children())

    def out_of_memory() -> None:
        """What the OOM killer does."""
        while not ended.is_set():
            child = stopped_child(others, seconds=1)
            if child is not None:
                killed.append(child)
                os.kill(child.pid, signal.SIGKILL)
                others.add(child)

    killer = threading.Thread(target=out_of_memory)
    killer.start()
    try:
        fails_twice(pipeline, job, "encode", "OUT_OF_MEMORY")
    finally:
        ended.set()
        killer.join()
    assert len(killed) == 2
    succeeds_now(pipeline, job)
