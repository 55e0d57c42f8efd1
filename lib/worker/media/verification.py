"""Proves that what is to be published plays."""

from pathlib import Path
from threading import Event

from lib.contracts.media import FileChecksum, MediaInfo, Package


def verify(folder: Path, info: MediaInfo, package: Package, *, cancel: Event) -> None:
    """Decodes every track, compares durations, follows every reference of the manifests.

    Raises:
        RetryError: `VERIFICATION_FAILED`, or what ffmpeg ran into.
        CancelledError: `cancel` was set.
    """
    raise NotImplementedError


def checksums(folder: Path) -> dict[str, FileChecksum]:
    """Size and SHA-256 of every file in a folder, by its path relative to it, sorted."""
    raise NotImplementedError
