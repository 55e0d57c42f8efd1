"""Runs ffmpeg and the inspector, contained: a source is hostile until proven otherwise.

A child reads its inputs from file descriptors that it is given and can open nothing else by name or network
(`-protocol_whitelist fd`; a whitelist of `file` would not do: a playlist named `.mp4` makes ffmpeg read other
local files). The demuxer is forced, the picture's size, memory and CPU time are limited, and one that makes no
progress is ended.
"""

import os
import re
import resource
import selectors
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from imageio_ffmpeg import get_ffmpeg_exe

from lib.contracts.errors import FailureCode
from lib.worker.errors import CancelledError, RetryError

MAX_PIXELS = 8192 * 4320
"""Largest picture that is decoded: 8K, in DCI's width."""
CPU_SECONDS = 48 * 3600
STALL_SECONDS = 120.0
"""Without progress for so long, a child is taken to hang."""
POLL_SECONDS = 0.25
KEPT_LINES = 2000
KEPT_COMPLAINTS = 20
MAX_LINE_BYTES = 64 * 1024 * 1024
MEMORY_SHARE = 0.85
MOST_LIKELY_VICTIM = 1000
"""Of the kernel's OOM killer (proc_pid_oom_score_adj(5))."""

_TOO_MANY_DECODE_ERRORS = 69
"""Exit code of ffmpeg when `-max_error_rate` is exceeded (`FFMPEG_ERROR_RATE_EXCEEDED` in fftools/ffmpeg.c)."""

_FULL = ("No space left on device", "Disk quota exceeded")
_NO_MEMORY = ("Cannot allocate memory", "Resource temporarily unavailable", "malloc of size")
"""The second is a thread that could not begin, because its stack would be data beyond the limit."""
_ENCODER_WITHOUT_MEMORY = re.compile(r"(x264 \[error\]:|\[libx264 @ \w+\] \[error\]) malloc of size \d+ failed")


@dataclass(frozen=True)
class Input:
    """A file that ffmpeg reads.

    Attributes:
        path: The file.
        demuxer: The one that must read it, so that none is guessed from its content.
        options: More input options.
    """

    path: Path
    demuxer: str
    options: tuple[str, ...] = ()


@dataclass
class Log:
    """What a child said.

    Attributes:
        progress: The latest values of `-progress`, by name.
        complaints: The last warnings and errors.
        said: The last of the other lines; statistics come at the end.
        corrupt_frames: Pictures decoded with damage.
    """

    progress: dict[str, str] = field(default_factory=dict)
    complaints: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_COMPLAINTS))
    said: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))
    corrupt_frames: int = 0

    @property
    def seconds(self) -> float:
        """Time in the output that was reached; ffmpeg begins below 0 where an encoder looks ahead."""
        value = self.progress.get("out_time_us", "0")
        return int(value) / 1e6 if value.isdigit() else 0.0


class UnreadableError(Exception):
    """ffmpeg gave the source up: more of it cannot be decoded than is tolerated."""


def run_ffmpeg(
    inputs: Sequence[Input],
    arguments: Sequence[str],
    *,
    folder: Path,
    cancel: Event,
    progress: Callable[[Log], None] | None = None,
) -> Log:
    """Runs ffmpeg to its end.

    Args:
        inputs: Numbered from 0 in `arguments`.
        arguments: Filters and outputs; relative paths begin at `folder`.
        folder: Where outputs are written.
        cancel: Ends it.
        progress: Called when something moved, at most twice a second.

    Returns:
        What it said.

    Raises:
        UnreadableError: Too much of an input cannot be decoded.
        RetryError: `ENCODER_FAILED`, `ENCODER_STALLED`, `OUT_OF_MEMORY`, `DISK_FULL`.
        CancelledError: `cancel` was set.
    """
    log = Log()

    def read(line: str) -> bool:
        key, separator, value = line.partition("=")
        if not line.startswith("[") and separator and " " not in key:
            value = value.strip()
            moved = key in {"frame", "out_time_us", "total_size"} and log.progress.get(key) != value
            log.progress[key] = value
            if key == "progress" and progress is not None:
                progress(log)
            return moved
        if _ENCODER_WITHOUT_MEMORY.match(line):
            # Its threads may wait for one another for ever: that would pass for a stall.
            raise RetryError("OUT_OF_MEMORY", f"The encoder has no memory left: {line}")
        if "corrupt decoded frame" in line:
            log.corrupt_frames += 1
        if "[error]" in line or "[warning]" in line or "[fatal]" in line:
            log.complaints.append(line)
        else:
            log.said.append(line)
        return False

    with ExitStack() as stack:
        files = [stack.enter_context(one.path.open("rb")) for one in inputs]
        command = [get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-y", "-loglevel", "repeat+level+verbose"]
        command += ["-nostats", "-progress", "pipe:2", "-stats_period", "0.5"]
        for one, file in zip(inputs, files, strict=True):
            command += [*one.options, "-max_pixels", str(MAX_PIXELS), "-protocol_whitelist", "fd", "-f", one.demuxer]
            command += ["-fd", str(file.fileno()), "-i", "fd:"]
        status = run_contained(
            [*command, *arguments],
            descriptors=[file.fileno() for file in files],
            folder=folder,
            cancel=cancel,
            read=read,
        )
    if status == _TOO_MANY_DECODE_ERRORS:
        raise UnreadableError
    if status:
        raise failure(status, log.complaints)
    return log


def failure(status: int, complaints: Sequence[str]) -> RetryError:
    """What it means that a child ended with a status other than 0."""
    said = " | ".join(list(complaints)[-3:])[-500:] or "it said nothing"
    code: FailureCode = "ENCODER_FAILED"
    if _any_of(_FULL, complaints):
        code = "DISK_FULL"
    elif status == -signal.SIGKILL or _any_of(_NO_MEMORY, complaints):
        code = "OUT_OF_MEMORY"
    elif status == -signal.SIGXCPU:
        code = "ENCODER_STALLED"
    return RetryError(code, f"ffmpeg ended with status {status}: {said}")


def _any_of(phrases: Sequence[str], lines: Sequence[str]) -> bool:
    return any(phrase in line for line in lines for phrase in phrases)


def run_contained(
    command: Sequence[str],
    *,
    descriptors: Sequence[int],
    folder: Path,
    cancel: Event,
    read: Callable[[str], bool],
    cpu_seconds: int = CPU_SECONDS,
    memory_bytes: int | None = None,
) -> int:
    """Runs a child within its limits, and hands on what it writes, line by line.

    Args:
        command: The program and its arguments.
        descriptors: Open files that the child inherits, by the same numbers.
        folder: Where it runs.
        cancel: Ends it.
        read: Takes a line of its output or error output; tells whether it shows progress.
        cpu_seconds: What it may use of all CPUs together; then SIGXCPU ends it.
        memory_bytes: What its data may take, if that is less than `memory_limit`.

    Returns:
        Its exit status; negative for the signal that ended it.

    Raises:
        RetryError: `ENCODER_STALLED`.
        CancelledError: `cancel` was set.
    """
    memory = min(memory_limit(), memory_bytes or memory_limit())
    limits = {
        resource.RLIMIT_DATA: (memory, memory),
        resource.RLIMIT_CPU: (cpu_seconds, cpu_seconds + 5),  # SIGXCPU at the first, SIGKILL at the second
        resource.RLIMIT_CORE: (0, 0),  # a crash leaves no file
    }
    with _started(command, descriptors, folder, limits) as process:
        moved_at = time.monotonic()
        for line in _lines(process):
            if cancel.is_set():
                raise CancelledError
            if line is not None and read(line):
                moved_at = time.monotonic()
            if time.monotonic() - moved_at > STALL_SECONDS:
                raise RetryError("ENCODER_STALLED", f"No progress for {STALL_SECONDS:.0f} seconds.")
        return process.wait()


def memory_limit() -> int:
    """Bytes of data that a child may have at the most: what the machine has, less what this program needs."""
    return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * MEMORY_SHARE)


@contextmanager
def _started(
    command: Sequence[str], descriptors: Sequence[int], folder: Path, limits: Mapping[int, tuple[int, int]]
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "TMPDIR": str(folder)},
        pass_fds=descriptors,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        # Not by `preexec_fn`, which may deadlock in a program with threads.
        for limit, value in limits.items():
            resource.prlimit(process.pid, limit, value)
        # When memory runs out the kernel is to end the child: the worker can then say so and go on.
        with suppress(OSError):
            Path(f"/proc/{process.pid}/oom_score_adj").write_text(str(MOST_LIKELY_VICTIM))
        yield process
    finally:
        # Not by SIGTERM, on which ffmpeg first writes what it still has: nobody wants it.
        process.kill()
        process.wait()
        assert process.stdout is not None  # noqa: S101
        process.stdout.close()


def _lines(process: subprocess.Popen[bytes]) -> Iterator[str | None]:
    """Lines as they come, and None each time that none came for a while."""
    assert process.stdout is not None  # noqa: S101
    rest = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(POLL_SECONDS):
                yield None
                continue
            data = os.read(process.stdout.fileno(), 65536)
            if not data:
                return
            rest += data
            # What the inspector says of a film is one line of many MiB: it is not gone through for each piece.
            *whole, rest = rest.split(b"\n") if b"\n" in data else [rest]
            if len(rest) > MAX_LINE_BYTES:
                raise RetryError("ENCODER_FAILED", "A line without an end.")
            for line in whole:
                # A line may become a reason in the database, which takes no NUL.
                yield line.decode(errors="replace").replace("\0", "\ufffd")
