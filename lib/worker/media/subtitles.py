"""Takes the text subtitles out of a source."""

from pathlib import Path
from threading import Event

from lib.contracts.media import EncodedSubtitle, MediaInfo
from lib.worker.media.languages import language_tag
from lib.worker.media.process import Input, run_ffmpeg


def extract_subtitles(source: Path, info: MediaInfo, folder: Path, *, cancel: Event) -> tuple[EncodedSubtitle, ...]:
    """Writes every text subtitle track as WebVTT on the picture's clock; without one it costs nothing.

    Raises:
        RetryError: `ENCODER_FAILED`, `ENCODER_STALLED`, `OUT_OF_MEMORY`, `DISK_FULL`.
        CancelledError: `cancel` was set.
    """
    tracks = [track for track in info.subtitles if track.text]
    if not tracks:
        return ()
    files = [f"subtitles-{number}.vtt" for number in range(1, len(tracks) + 1)]
    arguments: list[str] = []
    for track, file in zip(tracks, files, strict=True):
        arguments += ["-map", f"0:{track.index}", "-c:s", "webvtt", "-map_metadata", "-1"]
        arguments += ["-t", _seconds(info.duration_seconds), "-f", "webvtt", file]
    clock = ("-vn", "-an", "-copyts", "-itsoffset", _seconds(-info.video.start_time))
    run_ffmpeg([Input(source, info.container, clock)], arguments, folder=folder, cancel=cancel)
    return tuple(
        EncodedSubtitle(
            file=file,
            bytes=(folder / file).stat().st_size,
            language=language_tag(track.language),
            title=track.title,
            default=track.default,
            forced=track.forced,
        )
        for track, file in zip(tracks, files, strict=True)
    )


def _seconds(value: float) -> str:
    """As ffmpeg reads a time: in plain decimals, where Python would write 1e-05, to the microsecond."""
    return f"{value:.6f}"
