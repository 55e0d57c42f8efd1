"""Encodes the sound."""

from collections.abc import Callable
from pathlib import Path
from threading import Event

from lib.contracts.media import EncodedAudio, MediaInfo


def encode_audio(
    source: Path,
    info: MediaInfo,
    folder: Path,
    *,
    loudness_lufs: float,
    progress: Callable[[float], None],
    cancel: Event,
) -> tuple[EncodedAudio, ...]:
    """Encodes every decodable sound track; none where there is none.

    Raises:
        RetryError: `ENCODER_FAILED`, `ENCODER_STALLED`, `OUT_OF_MEMORY`, `DISK_FULL`.
        CancelledError: `cancel` was set.
    """
    raise NotImplementedError
