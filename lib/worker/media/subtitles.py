"""Takes the subtitles."""

from pathlib import Path
from threading import Event

from lib.contracts.media import EncodedSubtitle, MediaInfo


def extract_subtitles(source: Path, info: MediaInfo, folder: Path, *, cancel: Event) -> tuple[EncodedSubtitle, ...]:
    """Writes every text subtitle track as WebVTT; without one it costs nothing.

    Raises:
        RetryError: `ENCODER_FAILED`, `ENCODER_STALLED`, `OUT_OF_MEMORY`, `DISK_FULL`.
        CancelledError: `cancel` was set.
    """
    raise NotImplementedError
