"""Looks at a source."""

from pathlib import Path
from threading import Event

from lib.contracts.media import MediaInfo


def probe(path: Path, *, cancel: Event | None = None) -> MediaInfo:
    """Says what a file holds.

    Raises:
        RejectedError: `EMPTY_FILE`, `NOT_A_VIDEO`, `NO_VIDEO_STREAM`, `TRUNCATED`, `UNDECODABLE_VIDEO`,
            `UNSUPPORTED_VIDEO`.
        CancelledError: `cancel` was set.
    """
    raise NotImplementedError


def sanity_decode(path: Path, info: MediaInfo, *, cancel: Event | None = None) -> None:
    """Decodes a few seconds at the start, in the middle and at the end.

    Raises:
        RejectedError: `UNDECODABLE_VIDEO`.
        CancelledError: `cancel` was set.
    """
    raise NotImplementedError
