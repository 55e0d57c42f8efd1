"""Twelve things that people and programs send, and that are no video; and what becomes of each."""

from collections.abc import Callable
from pathlib import Path

from tests.clips import ffmpeg, make_clip


def _text(path: Path) -> None:
    path.write_text("This is the script, not the film.\n" * 100)


def _empty(path: Path) -> None:
    path.touch()


def _truncated(path: Path) -> None:
    """The index stands first, and the second half of the pictures is missing."""
    whole = path.with_name("whole.mp4")
    make_clip(whole, seconds=8)
    fast = path.with_name("fast.mp4")
    ffmpeg("-i", whole, "-c", "copy", "-movflags", "+faststart", fast)
    data = fast.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    whole.unlink()
    fast.unlink()


def _without_index(path: Path) -> None:
    """A recording that was cut off before its index was written."""
    whole = path.with_name("whole.mp4")
    data = make_clip(whole, seconds=4).read_bytes()
    path.write_bytes(data[: data.rindex(b"moov") - 4])
    whole.unlink()


def _audio_only(path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "sine=duration=2", "-c:a", "aac", path)


def _concat_script(path: Path) -> None:
    path.write_text("ffconcat version 1.0\nfile /etc/passwd\n")


def _playlist(path: Path) -> None:
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n")


def _drawing(path: Path) -> None:
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>')


def _noise(path: Path) -> None:
    path.write_bytes(bytes((index * 131 + index // 7) % 256 for index in range(200_000)))


def _archive(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04" + b"\0" * 5000)


def _scrambled(path: Path) -> None:
    """The index is whole; what it points to is noise."""
    make_clip(path, seconds=4, tone=None)
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 8
    end = data.rindex(b"moov") - 4
    for index in range(start, end):
        data[index] = (index * 197 + 13) % 256
    path.write_bytes(data)


def _picture(path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=320x180:duration=1:rate=1", "-frames:v", "1", "-f", "image2", path)


BROKEN: dict[str, tuple[Callable[[Path], None], set[str]]] = {
    "text.mp4": (_text, {"NOT_A_VIDEO"}),
    "empty.mp4": (_empty, {"EMPTY_FILE"}),
    "truncated.mp4": (_truncated, {"TRUNCATED"}),
    "without-index.mp4": (_without_index, {"NOT_A_VIDEO", "TRUNCATED"}),
    "audio-only.mp4": (_audio_only, {"NO_VIDEO_STREAM"}),
    "concat.mp4": (_concat_script, {"NOT_A_VIDEO"}),
    "playlist.mp4": (_playlist, {"NOT_A_VIDEO"}),
    "drawing.mp4": (_drawing, {"NOT_A_VIDEO"}),
    "noise.mp4": (_noise, {"NOT_A_VIDEO"}),
    "archive.mp4": (_archive, {"NOT_A_VIDEO"}),
    "scrambled.mp4": (_scrambled, {"UNDECODABLE_VIDEO"}),
    "picture.mp4": (_picture, {"NOT_A_VIDEO"}),
}
"""File name -> what makes it, and the reasons that are right for it."""


def make_broken(folder: Path) -> None:
    """Writes all of them."""
    folder.mkdir()
    for name, (make, _) in BROKEN.items():
        make(folder / name)
