"""Draws poster and thumbnails."""

from pathlib import Path
from threading import Event

from lib.contracts.media import EncodedVideo


def thumbnails(video: EncodedVideo, *, parts: Path, folder: Path, cancel: Event) -> None:
    """Writes `poster.jpg`, `sprites/*.jpg` and `thumbnails.vtt` into the published folder.

    Raises:
        RetryError: `ENCODER_FAILED`, `ENCODER_STALLED`, `OUT_OF_MEMORY`, `DISK_FULL`.
        CancelledError: `cancel` was set.
    """
    raise NotImplementedError
