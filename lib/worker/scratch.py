"""Scratch space: a folder for each task, and the last source, so that one job's tasks download it once."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from lib.contracts.records import ObjectLocation
from lib.worker.errors import RejectedError, RetryError
from lib.worker.objects import ObjectMissingError, Objects

RESERVE_BYTES = 256 * 1024 * 1024
"""Left free for what nobody announces: logs of two-pass encodes, temporary files."""


class Scratch:
    """The only place that a worker writes files to.

    Args:
        root: The mounted volume.
    """

    def __init__(self, root: Path) -> None:
        self._tasks = root / "tasks"
        self._sources = root / "sources"
        self.clear()

    def clear(self) -> None:
        """Removes everything, leftovers of a killed worker included."""
        for folder in (self._tasks, self._sources):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)

    @contextmanager
    def task_folder(self, token: int) -> Iterator[Path]:
        """An empty folder for one claim, removed afterwards."""
        folder = self._tasks / str(token)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def require(self, size: int) -> None:
        """Makes sure that so many bytes can be written.

        Raises:
            RetryError: `DISK_FULL`.
        """
        free = shutil.disk_usage(self._tasks).free
        if free < size + RESERVE_BYTES:
            raise RetryError(
                "DISK_FULL",
                f"{size / 1e6:,.0f} MB are needed and {free / 1e6:,.0f} MB free; "
                "processing.ephemeral_storage_gib sets how much a worker has.",
            )

    def source(self, objects: Objects, location: ObjectLocation, *, size: int, sha256: str, cancel: Event) -> Path:
        """A job's video, verified. It stays until another job's is needed or `drop_source` is called.

        Raises:
            RejectedError: `SOURCE_MISSING`, `SIZE_MISMATCH`, `CHECKSUM_MISMATCH`.
            RetryError: `DISK_FULL`.
            CancelledError: The work was told to stop.
        """
        path = self._sources / sha256
        if path.exists():
            return path
        self.drop_source()
        self.require(size)
        partial = path.with_suffix(".partial")
        try:
            digest = objects.download(location, partial, cancel=cancel)
        except ObjectMissingError as error:
            raise RejectedError("SOURCE_MISSING", f"There is no {error} (any more); submit the video again.") from error
        verify(partial, size=size, sha256=sha256, digest=digest)
        return partial.rename(path)

    def drop_source(self) -> None:
        """Gives its space back."""
        for path in self._sources.iterdir():
            path.unlink()


def verify(path: Path, *, size: int, sha256: str, digest: str) -> None:
    """Compares a file with what was submitted.

    Args:
        path: The file.
        size: Bytes, as submitted.
        sha256: As submitted.
        digest: SHA-256 of the file.

    Raises:
        RejectedError: `SIZE_MISMATCH`, `CHECKSUM_MISMATCH`.
    """
    found = path.stat().st_size
    if found != size:
        raise RejectedError("SIZE_MISMATCH", f"The video has {found:,} bytes, and {size:,} were submitted.")
    if digest != sha256:
        raise RejectedError("CHECKSUM_MISMATCH", "The video's SHA-256 is not the one that was submitted.")
