"""The worker as a process, and its signals."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psutil
import pytest

from lib.profile import Processing
from tests.clips import make_clip
from tests.integration.worker.pipeline import Pipeline

Start = Callable[..., "Running"]


class Running:
    """A task as ECS runs it."""

    def __init__(
        self, task: str, environment: dict[str, str], log: Path, *, python: Sequence[str] = (sys.executable,)
    ) -> None:
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [*python, "-m", "lib.worker", task], env=environment, stdout=output, stderr=subprocess.STDOUT
            )

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def wait_for(self, condition: Callable[[], object], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def says(self, message: str) -> bool:
        return any(message in line["message"] for line in self.lines())

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@pytest.fixture
def start(pipeline: Pipeline, tmp_path: Path) -> Iterator[Start]:
    started: list[Running] = []

    def start(task: str, **more: str) -> Running:
        environment = {
            **pipeline.environment,
            "PATH": os.environ["PATH"],
            "PGSSLROOTCERT": os.environ["PGSSLROOTCERT"],
            # Each task has a volume of its own.
            "SCRATCH_DIR": str(tmp_path / f"scratch-{len(started)}"),
            **more,
        }
        started.append(Running(task, environment, tmp_path / f"{task}-{len(started)}.log"))
        return started[-1]

    yield start
    for running in started:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Takes long enough to encode that it can be interrupted."""
    return make_clip(tmp_path_factory.mktemp("clips") / "long.mp4", size="1280x720", seconds=40)


def encoding(
    pipeline: Pipeline, start: Start, clip: Path, **processing: object
) -> tuple[UUID, Running, list[psutil.Process]]:
    """A worker whose encoder runs, with these settings."""
    ladder = [{"height": 720, "bitrate_kbps": 3000, "max_bitrate_kbps": 4500}]
    settings = json.loads(pipeline.environment["PROCESSING_SETTINGS"]) | {"ladder": ladder} | processing
    job = pipeline.submit(clip)
    worker = start("worker", PROCESSING_SETTINGS=json.dumps(settings))
    worker.wait_for(lambda: any(task["kind"] == "encode" and task["state"] == "leased" for task in pipeline.tasks(job)))
    worker.wait_for(worker.children)
    return job, worker, worker.children()


def test_an_idle_worker_stops_at_once(start: Start) -> None:
    worker = start("worker")
    worker.wait_for(lambda: worker.says("Ready"))
    time.sleep(0.5)
    began = time.monotonic()
    worker.process.send_signal(signal.SIGTERM)
    assert worker.process.wait(10) == 0
    assert time.monotonic() - began < 5
    assert worker.lines()[-1]["message"] == "Stopped"
    assert {line["level"] for line in worker.lines()} == {"INFO"}


def test_a_busy_worker_gives_its_encode_back(pipeline: Pipeline, start: Start, long_clip: Path) -> None:
    job, worker, children = encoding(pipeline, start, long_clip)

    began = time.monotonic()
    worker.process.send_signal(signal.SIGTERM)
    assert worker.process.wait(20) == 0
    assert time.monotonic() - began < 10
    assert not any(child.is_running() for child in children)
    encodes = [task for task in pipeline.tasks(job) if task["kind"] == "encode"]
    assert all(task["state"] == "ready" and task["attempts"] == 0 for task in encodes)
    assert pipeline.queued() >= 1
    preempted = [line for line in worker.lines() if "preempted" in line["message"]]
    assert preempted[0]["job_id"] == str(job)
    assert not any(line["level"] == "ERROR" for line in worker.lines())


def test_a_cancelled_job_ends_its_encoder_within_five_seconds(
    pipeline: Pipeline, start: Start, long_clip: Path
) -> None:
    job, worker, children = encoding(pipeline, start, long_clip, lease_seconds=Processing().lease_seconds)
    began = time.monotonic()
    pipeline.query("SELECT operator_cancel(%s, %s)", job, "person:0123456789abcdef")
    _, running = psutil.wait_procs(children, timeout=10)
    assert time.monotonic() - began < 5
    assert not running
    worker.wait_for(lambda: pipeline.job(job)["state"] == "cancelled")
    assert worker.process.poll() is None
    assert not any(line["level"] == "ERROR" for line in worker.lines())


def test_another_worker_finishes_what_a_killed_one_began(pipeline: Pipeline, start: Start, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", size="1280x720", seconds=8)
    job, killed, children = encoding(pipeline, start, clip)
    killed.process.kill()
    for child in children:
        child.kill()
    short = pipeline.submit(make_clip(tmp_path / "short.mp4", seconds=1))
    survivor = start("worker")
    # The lease and the message's visibility end after 15 seconds.
    survivor.wait_for(lambda: pipeline.published() == {job, short}, seconds=120)
    attempts = {(task["kind"], task["segment"]): task["attempts"] for task in pipeline.tasks(job)}
    assert attempts == {("plan", None): 1, ("encode", 0): 2, ("encode", 1): 1, ("finish", None): 1}
    assert not any(line["level"] == "ERROR" for line in survivor.lines())


def test_workers_share_jobs_and_do_each_task_once(pipeline: Pipeline, start: Start, tmp_path: Path) -> None:
    jobs = [pipeline.submit(make_clip(tmp_path / f"{number}.mp4", seconds=number, tone=None)) for number in (1, 2, 3)]
    workers = [start("worker"), start("worker")]
    workers[0].wait_for(lambda: pipeline.published() == set(jobs), seconds=120)
    assert all(task["attempts"] == 1 for job in jobs for task in pipeline.tasks(job))
    assert all(worker.says("is done") for worker in workers)
    assert not any(line["level"] == "ERROR" for worker in workers for line in worker.lines())


def test_a_worker_that_finds_no_schema_waits(pipeline: Pipeline, start: Start) -> None:
    bare = pipeline.postgresql.create()
    worker = start("worker", DATABASE_NAME=bare)
    worker.wait_for(lambda: worker.says("does not answer, or its schema is older"))
    pipeline.postgresql.migrate(bare)
    worker.wait_for(lambda: worker.says("Ready"))


def test_housekeeping_before_the_first_migration_says_so_once_and_ends_well(pipeline: Pipeline, start: Start) -> None:
    unknown = pipeline.clients("secretsmanager").create_secret(
        Name=f"unknown-{uuid4().hex[:8]}", SecretString=json.dumps({"username": "nobody", "password": "hush"})
    )
    bare = pipeline.postgresql.create()
    for variables in ({"APP_SECRET_ARN": unknown["ARN"]}, {"DATABASE_NAME": bare}):
        housekeep = start("housekeep", **variables)
        assert housekeep.process.wait(30) == 0
        (line,) = housekeep.lines()
        assert line["level"] == "INFO"
        assert "`migrate`" in line["message"]
        assert "hush" not in line["message"]


def test_housekeeping_that_cannot_reach_the_database_fails(pipeline: Pipeline, start: Start) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        housekeep = start("housekeep", DATABASE_PORT=str(nobody.getsockname()[1]))
        assert housekeep.process.wait(30) == 1
    (line,) = housekeep.lines()
    assert line["level"] == "ERROR"


def test_a_task_without_its_settings_fails_and_says_what_is_missing(start: Start) -> None:
    worker = start("worker", AUDIT_KEY="hush", DATABASE_PORT="hush")
    assert worker.process.wait(20) == 1
    (line,) = worker.lines()
    assert line["level"] == "ERROR"
    assert "DATABASE_PORT" in line["traceback"]
    assert "hush" not in worker.log.read_text()
