from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pytest

from lib.contracts.ladder import Rung
from lib.contracts.media import EncodedAudio, EncodedSubtitle, EncodedVideo, MediaInfo, Package
from lib.worker.media import (
    encode_audio,
    encode_video,
    extract_subtitles,
    package,
    plan_renditions,
    probe,
    sanity_decode,
    thumbnails,
    verify,
)

LADDER = (
    Rung(height=180, bitrate_kbps=300, max_bitrate_kbps=450),
    Rung(height=144, bitrate_kbps=200, max_bitrate_kbps=300),
)
LOUDNESS_LUFS = -23.0


@dataclass(frozen=True)
class Published:
    info: MediaInfo
    video: EncodedVideo
    audio: tuple[EncodedAudio, ...]
    subtitles: tuple[EncodedSubtitle, ...]
    package: Package
    folder: Path


Publish = Callable[..., Published]


@pytest.fixture
def publish(tmp_path: Path) -> Publish:
    """Does with a source all that the worker does, verification included."""

    def run(source: Path, ladder: Sequence[Rung] = LADDER) -> Published:
        parts, folder = tmp_path / "parts", tmp_path / "published"
        parts.mkdir()
        folder.mkdir()
        cancel, shares = Event(), list[float]()
        info = probe(source)
        sanity_decode(source, info)
        renditions = plan_renditions(info, ladder)
        video = encode_video(source, info, renditions, parts, threads=2, progress=shares.append, cancel=cancel)
        audio = encode_audio(source, info, parts, loudness_lufs=LOUDNESS_LUFS, progress=shares.append, cancel=cancel)
        subtitles = extract_subtitles(source, info, parts, cancel=cancel)
        packaged = package(video, audio, subtitles, parts=parts, folder=folder)
        thumbnails(video, parts=parts, folder=folder, cancel=cancel)
        verify(folder, info, packaged, cancel=cancel)
        assert all(0 <= share <= 1 for share in shares)
        return Published(info, video, audio, subtitles, packaged, folder)

    return run
