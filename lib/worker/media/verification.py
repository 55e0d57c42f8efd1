"""Proves that what is to be published plays, before anybody can see it."""

import hashlib
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from threading import Event
from xml.etree import ElementTree as ET

from lib.contracts.media import FileChecksum, MediaInfo, Package, PackagedTrack
from lib.worker.errors import RetryError
from lib.worker.media.cmaf import read_track
from lib.worker.media.dash import NAMESPACE
from lib.worker.media.process import Input, run_ffmpeg
from lib.worker.media.thumbnails import CUES, POSTER
from lib.worker.objects import check

AUDIO_SLACK_SECONDS = 0.05
"""Two AAC frames of 1024 samples at 48 kHz: the encoder's delay, and the last one, which is always whole."""
HASHED_BYTES = 1024 * 1024
"""Read at once; between two such pieces a stop is noticed."""

_DECODED = re.compile(r"Input stream #(\d+):0 .*?(\d+) frames decoded.*?(\d+) decode errors")
_REFERENCE = re.compile(r'URI="([^"]+)"|^([^#\s].*)$', re.MULTILINE)


def verify(folder: Path, info: MediaInfo, package: Package, *, cancel: Event) -> None:
    """Decodes every track to its end, compares durations, follows every reference of manifests and thumbnails.

    Raises:
        RetryError: `VERIFICATION_FAILED`, or what ffmpeg ran into.
        CancelledError: `cancel` was set.
    """
    problems = (
        list(_references(folder, package))
        or list(_durations(folder, info, package))
        or list(_decoding(folder, package, cancel))
    )
    if problems:
        raise RetryError("VERIFICATION_FAILED", " ".join(problems[:5]))


def checksums(folder: Path, *, cancel: Event) -> dict[str, FileChecksum]:
    """Size and SHA-256 of every file in a folder, by its path relative to it, sorted.

    Raises:
        CancelledError: `cancel` was set.
    """
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest = hashlib.sha256()
        with path.open("rb") as file:
            # Not by `hashlib.file_digest`: a film takes longer than a worker that must go has.
            while data := file.read(HASHED_BYTES):
                check(cancel)
                digest.update(data)
        found[path.relative_to(folder).as_posix()] = FileChecksum(bytes=path.stat().st_size, sha256=digest.hexdigest())
    return found


def _references(folder: Path, package: Package) -> Iterator[str]:
    playlists = [package.master, *(track.playlist for track in package.tracks)]
    named: set[str] = {POSTER}
    for playlist in playlists:
        text = (folder / playlist).read_text()
        if not text.startswith("#EXTM3U\n"):
            yield f"{playlist} is no playlist."
        named |= {uri or line for uri, line in _REFERENCE.findall(text)}
    try:
        manifest = ET.parse(folder / package.manifest)  # noqa: S314 - written by `package`
    except ET.ParseError as error:
        yield f"{package.manifest} is no XML: {error}."
    else:
        named |= {element.text or "" for element in manifest.iter(f"{{{NAMESPACE}}}BaseURL")}
    cues = (folder / CUES).read_text()
    named |= {line.split("#")[0] for line in cues.splitlines() if "#xywh=" in line}
    for name in sorted(named):
        if not (folder / name).is_file():
            yield f"{name} is named and does not exist."


def _durations(folder: Path, info: MediaInfo, package: Package) -> Iterator[str]:
    frame = float(1 / Fraction(info.video.frame_rate))
    for track in package.tracks:
        if track.kind == "subtitle":
            continue
        file = read_track(folder / track.path)
        slack = frame if track.kind == "video" else AUDIO_SLACK_SECONDS
        end = file.segments[-1].offset + file.segments[-1].size
        if end != file.size:
            yield f"{track.path} has {file.size} bytes, and its last segment ends at {end}."
        if abs(file.seconds - info.duration_seconds) > slack:
            yield f"{track.path} lasts {file.seconds:.3f} s, the source {info.duration_seconds:.3f} s."


def _decoding(folder: Path, package: Package, cancel: Event) -> Iterator[str]:
    tracks = [track for track in package.tracks if track.kind != "subtitle"]
    maps = [argument for number in range(len(tracks)) for argument in ("-map", str(number))]
    log = run_ffmpeg(
        [Input(folder / track.path, "mov") for track in tracks],
        [*maps, "-fps_mode", "passthrough", "-f", "null", "-"],
        folder=folder,
        cancel=cancel,
    )
    decoded = {int(found[1]): (int(found[2]), int(found[3])) for found in map(_DECODED.search, log.said) if found}
    for number, track in enumerate(tracks):
        frames, errors = decoded.get(number, (0, 0))
        yield from _wrong(track, frames, errors)
    if log.corrupt_frames:
        yield f"{log.corrupt_frames} pictures are damaged."


def _wrong(track: PackagedTrack, frames: int, errors: int) -> Iterator[str]:
    if errors or not frames:
        yield f"{track.path}: {frames} frames decoded, {errors} errors."
    elif track.frames is not None and frames != track.frames:
        yield f"{track.path} has {frames} frames and should have {track.frames}."
