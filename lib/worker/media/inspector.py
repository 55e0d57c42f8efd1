"""Runs the inspector (`inspection`), and says what it means when it fails.

Whatever a file does to the inspector, it would do again: that rejects it. Only what lies with the machine is tried
again.
"""

import json
import logging
import signal
import sys
from collections import deque
from pathlib import Path
from threading import Event
from typing import Any

from lib.worker.errors import RejectedError, RetryError
from lib.worker.media.process import failure, memory_limit, run_contained

logger = logging.getLogger(__name__)
INSPECTION = Path(__file__).with_name("inspection.py")
MEMORY_BYTES = 2 * 1024**3
"""Of the inspector; a decoder of 8K keeps up to 17 pictures of 106 MB."""
CPU_SECONDS = 100
CPU_BYTES = 20_000_000
"""What the inspector may use, and one second more for each so many bytes: ten times what a sound video takes."""
KEPT_LINES = 10

_CRASHES = {-signal.SIGABRT, -signal.SIGBUS, -signal.SIGFPE, -signal.SIGILL, -signal.SIGSEGV}


def inspect(path: Path, command: str, *arguments: object, cancel: Event | None = None) -> dict[str, Any]:
    """What the inspector says of a file.

    Args:
        path: The file.
        command: Of the inspector.
        arguments: That follow the file.
        cancel: Ends it.

    Raises:
        RejectedError: `NOT_A_VIDEO`, `TRUNCATED`, `UNDECODABLE_VIDEO`, `UNSUPPORTED_VIDEO`.
        RetryError: `ENCODER_STALLED`, `OUT_OF_MEMORY`; `ENCODER_FAILED` if it does not start.
        CancelledError: `cancel` was set.
    """
    said: deque[str] = deque(maxlen=KEPT_LINES)

    def read(line: str) -> bool:
        said.append(line)
        return True

    with path.open("rb") as file:
        descriptor = file.fileno()
        status = run_contained(
            [sys.executable, "-I", "-B", str(INSPECTION), command, str(descriptor), *map(str, arguments)],
            descriptors=[descriptor],
            folder=path.parent,
            cancel=cancel or Event(),
            read=read,
            cpu_seconds=CPU_SECONDS + path.stat().st_size // CPU_BYTES,
            memory_bytes=MEMORY_BYTES,
        )
    if status in _CRASHES:
        logger.warning("The inspector was ended by signal %d: %s", -status, " | ".join(said))
        raise RejectedError("UNDECODABLE_VIDEO", "The file is damaged so that the program that reads it breaks down.")
    if status == -signal.SIGXCPU:
        raise RejectedError("UNDECODABLE_VIDEO", "Reading the file takes far longer than a video of its size should.")
    try:
        found: dict[str, Any] = json.loads(said[-1])
    except (IndexError, ValueError) as error:
        raise failure(status, list(said)) from error
    if status:
        raise failure(status, list(said))
    if "failed" in found:
        raise _failed(path, found)
    return found


def _failed(path: Path, found: dict[str, Any]) -> RejectedError | RetryError:
    logger.info("The inspector failed (%s): %s", found["failed"], found.get("error"))
    match found["failed"]:
        case "open":
            return _unopened(path)
        case "memory" if memory_limit() < MEMORY_BYTES:
            return RetryError("OUT_OF_MEMORY", "The worker has too little memory to look at the file.")
        case "memory":
            return RejectedError("UNSUPPORTED_VIDEO", f"Reading the file takes more than {MEMORY_BYTES >> 30} GiB.")
        case "pictures":
            return RejectedError(
                "UNSUPPORTED_VIDEO", "The file announces more pictures than a day has, or than its bytes can hold."
            )
        case _:
            return RejectedError("UNDECODABLE_VIDEO", "The file is damaged: it cannot be read.")


def _unopened(path: Path) -> RejectedError:
    with path.open("rb") as file:
        if file.read(8)[4:] == b"ftyp":
            return RejectedError("TRUNCATED", "The file begins as an MP4, but its index is missing or cut off.")
    return RejectedError(
        "NOT_A_VIDEO",
        "The file is none of the kinds that are taken: MP4, MOV, Matroska, WebM, MPEG-TS, MPEG-PS, AVI, FLV, ASF, MXF "
        "or Ogg. A playlist, a script or a picture that only names a video is none either.",
    )
