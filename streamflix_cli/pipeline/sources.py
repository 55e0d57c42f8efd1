"""The files that `ingest` was given, each with its content record."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from lib.contracts.content import ContentRecord
from streamflix_cli.errors import StreamflixError
from streamflix_cli.pipeline.content import default_content, printable, read_content
from streamflix_cli.pipeline.models import Failed

SIDECARS = (".yaml", ".yml")
READ_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Source:
    """A video on this machine.

    Attributes:
        path: The file.
        content: What the title is.
        size: Bytes, when it was looked at.
        modified: Nanoseconds of its last change, when it was looked at.
    """

    path: Path
    content: ContentRecord
    size: int
    modified: int

    @property
    def name(self) -> str:
        """The file's name as it is submitted."""
        return printable(self.path.name)

    def open(self) -> BinaryIO:
        """Opens the file.

        Raises:
            StreamflixError: `FILE_UNREADABLE`, or `FILE_CHANGED` since it was looked at.
        """
        try:
            file = self.path.open("rb")
        except OSError as error:
            raise unreadable(self.path, error) from error
        try:
            self.check_unchanged(file)
        except BaseException:
            file.close()
            raise
        return file

    def check_unchanged(self, file: BinaryIO) -> None:
        """Raises `FILE_CHANGED` if the file is another one than was looked at, or still being written."""
        now = os.fstat(file.fileno())
        if (now.st_size, now.st_mtime_ns) != (self.size, self.modified):
            raise StreamflixError(
                "FILE_CHANGED",
                f"{self.path} was changed while it was read.",
                hint="Wait until it is complete, then run the same command again.",
            )

    def sha256(self) -> str:
        """Digest of the file, in hexadecimal digits.

        Raises:
            StreamflixError: As `open`.
        """
        digest = sha256()
        with self.open() as file:
            for piece in pieces(self.path, file, READ_BYTES):
                digest.update(piece)
            self.check_unchanged(file)
        return digest.hexdigest()


def pieces(path: Path, file: BinaryIO, size: int) -> Iterator[bytes]:
    """The rest of a file in pieces of `size` bytes.

    Raises:
        StreamflixError: `FILE_UNREADABLE`.
    """
    try:
        while piece := file.read(size):
            yield piece
    except OSError as error:
        raise unreadable(path, error) from error


def find_sources(paths: Sequence[Path], metadata: Path | None) -> tuple[list[Source], list[Failed]]:
    """Finds the videos and reads all content records.

    Args:
        paths: Files or folders; of a folder every file that is neither YAML nor hidden, by name.
        metadata: Content record of the one file. Without it, `STEM.yaml` beside a file is its record; without
            that, a record is made of the file's name.

    Returns:
        The videos, and what cannot be read as one.

    Raises:
        StreamflixError: `INVALID_CONTENT` or `RECORD_TOO_LARGE`, with all wrong records.
    """
    sources: list[Source] = []
    failed: list[Failed] = []
    wrong: list[StreamflixError] = []
    # A file may be named twice, also by its folder.
    for path in {path.absolute(): path for path in _files(paths, failed)}.values():
        try:
            found = path.stat()
        except OSError as error:
            failed.append(Failed.because(path, unreadable(path, error)))
            continue
        if not stat.S_ISREG(found.st_mode):
            failed.append(Failed.because(path, unreadable(path, OSError("not a regular file"))))
            continue
        if not os.access(path, os.R_OK):
            failed.append(Failed.because(path, unreadable(path, PermissionError("Permission denied"))))
            continue
        try:
            sources.append(Source(path, _content(path, metadata), found.st_size, found.st_mtime_ns))
        except StreamflixError as error:
            wrong.append(error)
    if wrong:
        first, messages = wrong[0], dict.fromkeys(one.message for one in wrong)
        raise StreamflixError(
            first.code, "\n\n".join(messages), hint=first.hint, exit_code=first.exit_code, data=first.data
        )
    return sources, failed


def _files(paths: Sequence[Path], failed: list[Failed]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        try:
            inside = sorted(path.iterdir())
        except OSError as error:
            failed.append(Failed.because(path, unreadable(path, error)))
            continue
        yield from (
            one
            for one in inside
            if one.is_file() and not one.name.startswith(".") and one.suffix.lower() not in SIDECARS
        )


def _content(path: Path, metadata: Path | None) -> ContentRecord:
    if metadata is not None:
        return read_content(metadata)
    beside = [path.with_name(path.stem + suffix) for suffix in SIDECARS]
    sidecar = next((one for one in beside if one != path and one.exists()), None)
    return read_content(sidecar) if sidecar else default_content(path)


def unreadable(path: Path, error: OSError) -> StreamflixError:
    """The error for a file that cannot be read."""
    return StreamflixError(
        "FILE_UNREADABLE",
        f"{path} cannot be read: {error.strerror or error}.",
        hint="Check the path and its permissions.",
    )
