"""Packages what was encoded."""

from collections.abc import Sequence
from pathlib import Path
from threading import Event

from lib.contracts.media import EncodedAudio, EncodedSubtitle, EncodedVideo, Package


def package(
    video: EncodedVideo,
    audio: Sequence[EncodedAudio],
    subtitles: Sequence[EncodedSubtitle],
    *,
    parts: Path,
    folder: Path,
    cancel: Event,
) -> Package:
    """Writes CMAF files and both manifests.

    Args:
        video: The rungs.
        audio: The sound tracks.
        subtitles: The subtitle tracks.
        parts: The folder with all of their files.
        folder: What is published; it exists and is empty.
        cancel: Ends the work within 5 seconds.

    Raises:
        RetryError: `ENCODER_FAILED`, `ENCODER_STALLED`, `OUT_OF_MEMORY`, `DISK_FULL`.
        CancelledError: `cancel` was set.
    """
    raise NotImplementedError
