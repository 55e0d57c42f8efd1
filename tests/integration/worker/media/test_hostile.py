"""What comes in may be anything."""

from pathlib import Path

import pytest

from lib.contracts.errors import RejectionCode
from lib.worker.errors import RejectedError
from lib.worker.media import probe, sanity_decode
from tests.clips import ffmpeg, make_clip


def rejection(path: Path) -> RejectionCode:
    with pytest.raises(RejectedError) as caught:
        sanity_decode(path, probe(path))
    return caught.value.code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EMPTY_FILE"),
        (b"Not a video at all.\n" * 500, "NOT_A_VIDEO"),
        (b"\0" * 100_000, "NOT_A_VIDEO"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "TRUNCATED"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>", "NOT_A_VIDEO"),
    ],
)
def test_what_is_no_video_is_rejected(tmp_path: Path, content: bytes, code: RejectionCode) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    assert rejection(path) == code


def test_a_playlist_cannot_reach_another_file(tmp_path: Path) -> None:
    secret = make_clip(tmp_path / "secret.mp4")
    for text in (
        f"ffconcat version 1.0\nfile '{secret}'\n",
        f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{secret}\n#EXT-X-ENDLIST\n",
    ):
        path = tmp_path / "film.mp4"
        path.write_text(text)
        assert rejection(path) == "NOT_A_VIDEO"


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    for name in ("sound.m4a", "sound.mp3", "sound.wav"):
        ffmpeg("-f", "lavfi", "-i", "sine=duration=1", tmp_path / name)
        assert rejection(tmp_path / name) == "NO_VIDEO_STREAM"


def test_cover_art_is_no_picture(tmp_path: Path) -> None:
    cover, song = tmp_path / "cover.png", tmp_path / "song.m4a"
    ffmpeg("-f", "lavfi", "-i", "color=red:size=64x64", "-frames:v", "1", cover)
    sound = ["-f", "lavfi", "-i", "sine=duration=1"]
    ffmpeg(*sound, "-i", cover, "-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic", song)
    assert rejection(song) == "NO_VIDEO_STREAM"


@pytest.mark.parametrize("fast_start", [True, False])
def test_half_an_mp4_is_truncated(tmp_path: Path, fast_start: bool) -> None:
    whole, half = tmp_path / "whole.mp4", tmp_path / "half.mp4"
    make_clip(whole, seconds=4)
    ffmpeg("-i", whole, "-c", "copy", *(["-movflags", "faststart"] if fast_start else []), half)
    content = half.read_bytes()
    half.write_bytes(content[: len(content) // 2])
    assert rejection(half) == "TRUNCATED"


def test_half_a_matroska_is_truncated(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "film.mkv", seconds=8)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert rejection(path) == "TRUNCATED"


def test_pictures_of_noise_are_undecodable(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "film.mp4", tone=None)
    content = bytearray(path.read_bytes())
    begin = content.index(b"mdat") + 4
    end = content.index(b"moov") - 4
    content[begin:end] = b"\xa5" * (end - begin)
    path.write_bytes(content)
    assert rejection(path) == "UNDECODABLE_VIDEO"


def test_a_huge_picture_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    ffmpeg("-f", "lavfi", "-i", "color=size=16384x8192:rate=1:duration=1", "-c:v", "mjpeg", "-frames:v", "1", path)
    assert rejection(path) == "UNSUPPORTED_VIDEO"
