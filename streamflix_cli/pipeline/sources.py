"""The files that `ingest` was given, each with its content record."""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from lib.contracts.content import ContentRecord
from streamflix_cli.errors import StreamflixError
from streamflix_cli.pipeline.content import default_content, printable, read_content
from streamflix_cli.pipeline.models import Failed

SIDECARS = (".yaml", ".yml")
"""Of content records; capitals do as well."""
MOST_NAMED = 5
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
            raise self._changed()

    def pieces(self, file: BinaryIO, size: int) -> Iterator[bytes]:
        """What is left of the file, in pieces of `size` bytes.

        Raises:
            StreamflixError: `FILE_UNREADABLE`; `FILE_CHANGED` as soon as it is longer than it was, because one that
                grows may have no end.
        """
        left = self.size
        try:
            while piece := file.read(size):
                left -= len(piece)
                if left < 0:
                    raise self._changed()
                yield piece
        except OSError as error:
            raise unreadable(self.path, error) from error

    def sha256(self) -> str:
        """Digest of the file, in hexadecimal digits.

        Raises:
            StreamflixError: As `open`.
        """
        digest = sha256()
        with self.open() as file:
            for piece in self.pieces(file, READ_BYTES):
                digest.update(piece)
            self.check_unchanged(file)
        return digest.hexdigest()

    def _changed(self) -> StreamflixError:
        return StreamflixError(
            "FILE_CHANGED",
            f"{self.path} was changed while it was read.",
            hint="Wait until it is complete, then run the same command again.",
        )


def find_sources(
    paths: Sequence[Path], metadata: Path | None, *, warn: Callable[[str], None]
) -> tuple[list[Source], list[Failed]]:
    """Finds the videos and reads all content records.

    Args:
        paths: Files or folders; of a folder every file that is neither YAML nor hidden, by name.
        metadata: Content record of the one file. Without it, `STEM.yaml` beside a file is its record; without
            that, a record is made of the file's name.
        warn: Told of folders within folders, which are passed over.

    Returns:
        The videos, and what cannot be read as one.

    Raises:
        StreamflixError: `INVALID_CONTENT` or `RECORD_TOO_LARGE`, with all wrong records.
    """
    sources: list[Source] = []
    failed: list[Failed] = []
    wrong: list[StreamflixError] = []
    # A file may be named twice, also by its folder.
    for path in {path.absolute(): path for path in _files(paths, failed, warn)}.values():
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


def _files(paths: Sequence[Path], failed: list[Failed], warn: Callable[[str], None]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        try:
            inside = sorted(one for one in path.iterdir() if not one.name.startswith("."))
        except OSError as error:
            failed.append(Failed.because(path, unreadable(path, error)))
            continue
        if nested := [printable(one.name) for one in inside if one.is_dir()]:
            more = f" and {len(nested) - MOST_NAMED} more" if len(nested) > MOST_NAMED else ""
            warn(
                f"{path} holds folders, which are passed over: {', '.join(nested[:MOST_NAMED])}{more}. "
                "Name them as well to submit what is in them."
            )
        yield from (one for one in inside if one.is_file() and one.suffix.lower() not in SIDECARS)


def _content(path: Path, metadata: Path | None) -> ContentRecord:
    if metadata is not None:
        return read_content(metadata)
    suffixes = (*SIDECARS, *(suffix.upper() for suffix in SIDECARS))
    beside = [path.with_name(path.stem + suffix) for suffix in suffixes]
    # One that cannot be read is none the less meant: without it the title would have no rights to check.
    sidecar = next((one for one in beside if one != path and os.path.lexists(one)), None)
    if sidecar is None:
        return default_content(path)
    if not sidecar.is_file():
        raise unreadable(sidecar, OSError("not a regular file"))
    return read_content(sidecar)


def unreadable(path: Path, error: OSError) -> StreamflixError:
    """The error for a file that cannot be read."""
    return StreamflixError(
        "FILE_UNREADABLE",
        f"{path} cannot be read: {error.strerror or error}.",
        hint="Check the path and its permissions.",
    )
