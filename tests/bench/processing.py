"""What a job costs beside ffmpeg, and how much memory a large file takes; on one deployed local environment (Linux)."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console

from streamflix_cli import local
from streamflix_cli.deploy.interrupts import as_keyboard_interrupt
from tests.bench.measure import BIN, ENVIRONMENT, ROOT, Result
from tests.clips import make_clip

CLIP_SECONDS = 60
LARGE_BYTES = 2 * 1024**3
ALLOWED_MIB = 200
MIB = 1024 * 1024
LOOK_SECONDS = 0.01
LIST_SECONDS = 0.5


def processing() -> list[Result]:
    """Publishes a clip of a minute and a file of 2 GiB."""
    with as_keyboard_interrupt(), tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        shutil.copytree(ROOT / "configs", project / "configs")
        try:
            run(project, "deploy", "--yes")
            # Wakes a worker, which then stays for some minutes.
            ingest(project, make_clip(project / "short.mp4"))
            return [overhead(project), *memory(project)]
        finally:
            local.down(project)


def overhead(project: Path) -> Result:
    """Time of a job in which no ffmpeg runs. Verification is ffmpeg as well, and so is left aside."""
    Console(stderr=True).print("measuring: a job beside its ffmpeg", highlight=False)
    clip = make_clip(project / "minute.mp4", size="1920x1080", seconds=CLIP_SECONDS)
    with ffmpeg_watched() as watched:
        (job,) = ingest(project, clip).jobs
    moments = {
        event["after"]["state"]: datetime.fromisoformat(event["at"])
        for event in run(project, "jobs", "show", job["job_id"]).data["events"]
        if "state" in (event["after"] or {})
    }
    seconds = (moments["published"] - moments["received"]).total_seconds()
    beside = seconds - watched.seconds
    name = f"job of {CLIP_SECONDS} s without any ffmpeg / whole job"
    return Result(name, round(beside, 3), round(seconds, 3), "s", round(beside / seconds, 3), "<= 0.07")


def memory(project: Path) -> list[Result]:
    """Peak resident memory of the two processes that see every byte of a file."""
    Console(stderr=True).print("measuring: memory for a file of 2 GiB", highlight=False)
    large = make_clip(project / "large.mp4", seconds=4)
    with large.open("ab") as file:
        # A box that every reader passes over.
        file.write((LARGE_BYTES - file.tell()).to_bytes(4, "big") + b"free")
        file.truncate(LARGE_BYTES)
    done = ingest(project, large)
    peaks = {"ingest": done.peak_bytes, "the worker": max(peak_bytes(pid) for pid in workers())}
    return [
        Result(
            f"peak memory of {who} for 2 GiB / {ALLOWED_MIB} MiB",
            round(peak / MIB, 1),
            ALLOWED_MIB,
            "MiB",
            round(peak / MIB / ALLOWED_MIB, 3),
            "<= 1",
        )
        for who, peak in peaks.items()
    ]


@dataclass(frozen=True)
class Done:
    """An ended command: `data` of its answer, and its peak resident memory."""

    data: Any
    peak_bytes: int

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """Of `ingest`."""
        return list(self.data["jobs"])


def ingest(project: Path, clip: Path) -> Done:
    """Publishes a clip."""
    return run(project, "ingest", str(clip), "--transport", "object", "--wait")


def run(project: Path, *arguments: str) -> Done:
    """Runs the installed command on the environment `local`."""
    command = [str(BIN / "streamflix"), *arguments, "--env", "local", "--json"]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, cwd=project, env=ENVIRONMENT, stdout=output, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        answer = output.read().decode()
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{answer}")
    return Done(json.loads(answer)["data"], usage.ru_maxrss * 1024)


def workers() -> list[int]:
    """The worker processes of this machine."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if (process.info["cmdline"] or [])[1:] == ["-m", "lib.worker", "worker"]:
            found.append(process.pid)
    return found


def peak_bytes(pid: int) -> int:
    """Peak resident memory of a process so far (proc(5), VmHWM)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (peak,) = [line for line in lines if line.startswith("VmHWM:")]
    return int(peak.split()[1]) * 1024


@dataclass
class Watched:
    """How long at least one ffmpeg ran."""

    seconds: float = 0


@contextmanager
def ffmpeg_watched() -> Iterator[Watched]:
    """Looks at the children of the workers meanwhile, of which there may become more."""
    watched, stop = Watched(), threading.Event()

    def watch() -> None:
        before, parents, listed = time.monotonic(), workers(), time.monotonic()
        while not stop.wait(LOOK_SECONDS):
            now = time.monotonic()
            if now - listed > LIST_SECONDS:
                parents, listed = workers(), now
            if any(name.startswith("ffmpeg") for parent in parents for name in children(parent)):
                watched.seconds += now - before
            before = now

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield watched
    finally:
        stop.set()
        thread.join()


def children(pid: int) -> Iterator[str]:
    """Names of the programs that a process runs, whichever of its threads started them (proc(5))."""
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in thread.read_text().split():
                yield Path(f"/proc/{child}/comm").read_text()
