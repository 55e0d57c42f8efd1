"""Encodes the picture."""

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

from lib.contracts.media import EncodedVideo, MediaInfo, VideoRendition


def encode_video(
    source: Path,
    info: MediaInfo,
    renditions: Sequence[VideoRendition],
    folder: Path,
    *,
    threads: int,
    progress: Callable[[float], None],
    cancel: Event,
) -> EncodedVideo:
    """Encodes all rungs in one command, from one decode.

    Args:
        source: The file.
        info: Of it.
        renditions: What to encode.
        folder: Where the files are written.
        threads: CPUs to use.
        progress: Told the share done, 0 to 1, about once a second, from this thread.
        cancel: Ends the work within 5 seconds.

    Raises:
        RejectedError: `UNDECODABLE_VIDEO`, `TRUNCATED`.
        RetryError: `ENCODER_FAILED`, `ENCODER_STALLED`, `OUT_OF_MEMORY`, `DISK_FULL`.
        CancelledError: `cancel` was set.
    """
    raise NotImplementedError
