"""Chooses renditions."""

from collections.abc import Sequence

from lib.contracts.ladder import Rung
from lib.contracts.media import MediaInfo, VideoRendition


def plan_renditions(info: MediaInfo, ladder: Sequence[Rung]) -> tuple[VideoRendition, ...]:
    """The rungs that a source is encoded to, highest first; at least one."""
    raise NotImplementedError
