"""Draws the poster and the thumbnails that players show above their seek bar."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path
from threading import Event

from lib.contracts.media import EncodedVideo
from lib.worker.media.process import Input, run_ffmpeg

POSTER = "poster.jpg"
SPRITES = "sprites"
CUES = "thumbnails.vtt"
LONG_SIDE = 160
MOST_THUMBNAILS = 400
SHEET_SIDE = 10
POSTER_CANDIDATES = 24
"""Key frames that the poster is chosen from; each is kept in memory."""
POSTER_FROM = 0.1
"""Share of the duration that is passed over: black, logos."""


@dataclass(frozen=True)
class _Sheets:
    """How thumbnails lie on sheets.

    Attributes:
        step: Key frames from one thumbnail to the next.
        count: Thumbnails.
        columns: Of a sheet.
        rows: Of a sheet.
        width: Of a thumbnail, pixels.
        height: Of a thumbnail, pixels.
    """

    step: int
    count: int
    columns: int
    rows: int
    width: int
    height: int


def thumbnails(video: EncodedVideo, *, parts: Path, folder: Path, cancel: Event) -> None:
    """Writes `poster.jpg`, `sprites/*.jpg` and `thumbnails.vtt` into the published folder.

    Only key frames of the highest rung are decoded. The poster is the most typical of some of them.

    Raises:
        RetryError: `ENCODER_FAILED`, `ENCODER_STALLED`, `OUT_OF_MEMORY`, `DISK_FULL`.
        CancelledError: `cancel` was set.
    """
    sheets = _layout(video)
    top = video.renditions[0]
    (folder / SPRITES).mkdir()
    jpeg = "scale=out_range=pc,format=yuvj420p"
    poster = f"select=gte(n\\,{int(POSTER_FROM * _segments(video))}),thumbnail=n={POSTER_CANDIDATES}"
    sprite = f"select=not(mod(n\\,{sheets.step})),scale={sheets.width}:{sheets.height}"
    graph = (
        f"[0:v]split[a][b];[a]{poster},{jpeg}[poster];[b]{sprite},tile={sheets.columns}x{sheets.rows},{jpeg}[sprites]"
    )
    jpegs = ["-fps_mode", "passthrough", "-q:v", "4", "-f", "image2"]
    run_ffmpeg(
        [Input(parts / top.file, "mov", ("-skip_frame", "nokey"))],
        [
            *("-filter_complex", graph),
            *("-map", "[poster]", "-frames:v", "1", "-update", "1", *jpegs, POSTER),
            *("-map", "[sprites]", *jpegs, f"{SPRITES}/%d.jpg"),
        ],
        folder=folder,
        cancel=cancel,
    )
    (folder / CUES).write_text("WEBVTT\n\n" + "\n".join(_cues(video, sheets)))


def _segments(video: EncodedVideo) -> int:
    return ceil(video.frames / video.frames_per_segment)


def _layout(video: EncodedVideo) -> _Sheets:
    segments = _segments(video)
    step = ceil(segments / MOST_THUMBNAILS)
    count = ceil(segments / step)
    columns = min(SHEET_SIDE, count)
    top = video.renditions[0].rendition
    scale = Fraction(LONG_SIDE, max(top.width, top.height))
    return _Sheets(
        step=step,
        count=count,
        columns=columns,
        rows=min(SHEET_SIDE, ceil(count / columns)),
        width=max(2, round(top.width * scale / 2) * 2),
        height=max(2, round(top.height * scale / 2) * 2),
    )


def _cues(video: EncodedVideo, sheets: _Sheets) -> Iterator[str]:
    seconds = sheets.step * video.frames_per_segment / Fraction(video.frame_rate)
    for number in range(sheets.count):
        sheet, place = divmod(number, sheets.columns * sheets.rows)
        row, column = divmod(place, sheets.columns)
        begin, end = number * seconds, min((number + 1) * seconds, Fraction(video.duration_seconds))
        area = f"{column * sheets.width},{row * sheets.height},{sheets.width},{sheets.height}"
        yield f"{_clock(begin)} --> {_clock(end)}\n{SPRITES}/{sheet + 1}.jpg#xywh={area}\n"


def _clock(seconds: Fraction) -> str:
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{milliseconds // 1000:02}.{milliseconds % 1000:03}"
