"""Chooses the renditions of a source."""

from collections.abc import Sequence
from fractions import Fraction

from lib.contracts.ladder import Rung
from lib.contracts.media import MediaInfo, VideoRendition

ASPECT = Fraction(16, 9)
"""Of a rung's frame. A wider picture is less high than its rung: 1920x804 is a 1080 rung."""


def plan_renditions(info: MediaInfo, ladder: Sequence[Rung]) -> tuple[VideoRendition, ...]:
    """The rungs that a source is encoded to, highest first.

    Each picture fits into its rung's 16:9 frame (upright, if the picture is upright) with its shape kept and both
    sides even, and none is larger than the source. A source smaller than every rung gets one rendition of its own
    size, at the lowest rung's rates.
    """
    descending = sorted(ladder, key=lambda rung: rung.height, reverse=True)
    width, height = info.video.display_width, info.video.display_height
    planned = [
        _rendition(rung, round(width * scale), round(height * scale))
        for rung in descending
        if (scale := _scale(width, height, rung)) <= 1
    ]
    return tuple(planned) or (_rendition(descending[-1], width, height),)


def _scale(width: int, height: int, rung: Rung) -> Fraction:
    long, short = max(width, height), min(width, height)
    return min(rung.height * ASPECT / long, Fraction(rung.height, short))


def _rendition(rung: Rung, width: int, height: int) -> VideoRendition:
    return VideoRendition(
        name=f"{rung.height}p",
        width=_even(width),
        height=_even(height),
        codec=rung.codec,
        bitrate_kbps=rung.bitrate_kbps,
        max_bitrate_kbps=rung.max_bitrate_kbps,
    )


def _even(size: int) -> int:
    """4:2:0 needs even sides; a source that is odd loses one line or column."""
    return max(2, size - size % 2)
