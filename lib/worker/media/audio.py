"""Encodes the sound: every track to AAC-LC at one loudness."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from threading import Event

from lib.contracts.media import AudioStream, EncodedAudio, MediaInfo
from lib.worker.errors import RejectedError
from lib.worker.media.languages import language_tag
from lib.worker.media.process import Input, Log, UnreadableError, run_ffmpeg

BITRATE_KBPS = 128
SAMPLE_RATE = 48_000
TRUE_PEAK_DBTP = -1.5
"""EBU R 128 allows -1; AAC may add half a decibel."""
SILENCE_LUFS = -70.0
"""The absolute gate of EBU R 128: what measures no more was never above it."""
FRAGMENT_MICROSECONDS = 2_000_000
CMAF = "+cmaf+dash+delay_moov+global_sidx+skip_trailer"
MEASURING_SHARE = 0.3
"""Of the time that both passes take."""

_SUMMARY = re.compile(
    r"\[ebur128@track(?P<track>\d+) [^\n]*Summary:.*?"
    r"I:\s+(?P<integrated>\S+) LUFS\s+Threshold:\s+(?P<threshold>\S+) LUFS.*?"
    r"LRA:\s+(?P<range>\S+) LU\s.*?Peak:\s+(?P<peak>\S+) dBFS",
    re.DOTALL,
)


@dataclass(frozen=True)
class Loudness:
    """How loud a track is.

    Attributes:
        integrated: LUFS.
        threshold: LUFS, of the relative gate.
        range: LU.
        peak: dBTP.
    """

    integrated: float
    threshold: float
    range: float
    peak: float


def encode_audio(
    source: Path,
    info: MediaInfo,
    folder: Path,
    *,
    loudness_lufs: float,
    progress: Callable[[float], None],
    cancel: Event,
) -> tuple[EncodedAudio, ...]:
    """Encodes every decodable sound track to AAC-LC, 48 kHz, stereo; none where there is none.

    Each begins with the picture's first frame and ends with its last: sound before and after is cut, silence is
    put where there is none, gaps included. The first pass measures, the second brings the loudness to the target;
    it only turns the volume, unless peaks are in the way.

    Args:
        source: The file.
        info: Of it.
        folder: Where the files are written.
        loudness_lufs: Target of the integrated loudness.
        progress: Told the share done, 0 to 1, at most twice a second, from this thread.
        cancel: Ends the work within 5 seconds.

    Raises:
        RejectedError: `UNDECODABLE_VIDEO`.
        RetryError: `ENCODER_FAILED`, `ENCODER_STALLED`, `OUT_OF_MEMORY`, `DISK_FULL`.
        CancelledError: `cancel` was set.
    """
    tracks = [track for track in info.audio if track.decodable]
    if not tracks:
        return ()
    reading = Input(source, info.container, ("-copyts", "-vn"))

    def run(arguments: Sequence[str], begin: float, share: float) -> Log:
        def tell(log: Log) -> None:
            progress(min(1.0, begin + share * log.seconds / info.duration_seconds))

        try:
            return run_ffmpeg([reading], arguments, folder=folder, cancel=cancel, progress=tell)
        except UnreadableError as error:
            raise RejectedError("UNDECODABLE_VIDEO", "A sound track cannot be decoded.") from error

    loudness = _measure(tracks, info, lambda arguments: run(arguments, 0.0, MEASURING_SHARE))
    graph, outputs = [], []
    for number, (track, loud) in enumerate(zip(tracks, loudness, strict=True)):
        normalizer = [_normalizer(loud, loudness_lufs, f"loudness-{number}.json")] if loud else []
        graph.append(f"[0:{track.index}]{','.join(_timed(info, normalizer))}[track{number}]")
        outputs += ["-map", f"[track{number}]", "-c:a", "aac", "-b:a", f"{BITRATE_KBPS}k", "-map_metadata", "-1"]
        outputs += ["-metadata:s:a:0", f"language={track.language or 'und'}"]
        outputs += ["-movflags", CMAF, "-frag_duration", str(FRAGMENT_MICROSECONDS), "-f", "mp4", _file(number)]
    run(["-filter_complex", ";".join(graph), *outputs], MEASURING_SHARE, 1 - MEASURING_SHARE)
    default = next((number for number, track in enumerate(tracks) if track.default), 0)
    return tuple(
        _encoded(number, track, loud, folder, default=number == default)
        for number, (track, loud) in enumerate(zip(tracks, loudness, strict=True))
    )


def _file(number: int) -> str:
    return f"audio-{number + 1}.mp4"


def _timed(info: MediaInfo, filters: Sequence[str]) -> list[str]:
    """Filters, within those that put a track on the picture's clock, stereo, gapless and just as long."""
    duration = info.duration_seconds
    return [
        f"asetpts=PTS-{info.video.start_time!r}/TB",
        f"aresample={SAMPLE_RATE}:async=1:first_pts=0:ochl=stereo:osf=fltp",
        *filters,
        f"aresample={SAMPLE_RATE}",
        f"apad=whole_dur={duration!r}",
        f"atrim=end={duration!r}",
    ]


def _measure(
    tracks: Sequence[AudioStream], info: MediaInfo, run: Callable[[Sequence[str]], Log]
) -> list[Loudness | None]:
    """Loudness of each track; None for silence. By `ebur128`, which takes a sixth of loudnorm's own first pass."""
    graph, outputs = [], []
    for number, track in enumerate(tracks):
        meter = f"ebur128@track{number}=peak=true:framelog=quiet"
        graph.append(f"[0:{track.index}]{','.join(_timed(info, [meter]))}[track{number}]")
        outputs += ["-map", f"[track{number}]", "-f", "null", "-"]
    log = run(["-filter_complex", ";".join(graph), *outputs])
    found: list[Loudness | None] = [None] * len(tracks)
    for summary in _SUMMARY.finditer("\n".join(log.said)):
        integrated, threshold, extent, peak = (
            float(summary[name]) for name in ("integrated", "threshold", "range", "peak")
        )
        if integrated > SILENCE_LUFS:
            found[int(summary["track"])] = Loudness(integrated, threshold, extent, peak)
    return found


def _normalizer(loud: Loudness, target: float, statistics: str) -> str:
    # A range of at least the source's lets loudnorm turn the volume only, wherever peaks allow it; it takes a
    # measured range of 0 for a missing one.
    extent = min(50, max(7, ceil(loud.range)))
    return (
        f"loudnorm=I={target}:TP={TRUE_PEAK_DBTP}:LRA={extent}:linear=true"
        f":measured_I={loud.integrated}:measured_TP={loud.peak}"
        f":measured_LRA={max(loud.range, 0.1)}:measured_thresh={loud.threshold}"
        f":print_format=json:stats_file={statistics}"
    )


def _encoded(number: int, track: AudioStream, loud: Loudness | None, folder: Path, *, default: bool) -> EncodedAudio:
    result: dict[str, str] = {}
    if loud:
        statistics = folder / f"loudness-{number}.json"
        result = json.loads(statistics.read_text())
        statistics.unlink()
    return EncodedAudio(
        file=_file(number),
        bytes=(folder / _file(number)).stat().st_size,
        language=language_tag(track.language),
        title=track.title,
        default=default,
        bitrate_kbps=BITRATE_KBPS,
        source_lufs=loud and loud.integrated,
        loudness_lufs=float(result["output_i"]) if loud else None,
        true_peak_dbtp=float(result["output_tp"]) if loud else None,
    )
