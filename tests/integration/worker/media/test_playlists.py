"""HLS playlists, as text: what Apple's HLS authoring specification asks for."""

import re
from pathlib import Path

import av
import pytest

from lib.contracts.media import PackagedTrack
from tests.clips import ffmpeg, make_clip
from tests.integration.worker.media.conftest import Publish, Published

RANGE = re.compile(r"^#EXT-X-BYTERANGE:(\d+)@(\d+)$", re.MULTILINE)


def videos(published: Published) -> list[PackagedTrack]:
    return [track for track in published.package.tracks if track.kind == "video"]


def attributes(line: str) -> dict[str, str]:
    return dict(re.findall(r'([A-Z-]+)=("[^"]*"|[^,]*)', line.partition(":")[2]))


def segments(text: str) -> list[tuple[int, int]]:
    """First byte and end of each."""
    return [(int(offset), int(offset) + int(size)) for size, offset in RANGE.findall(text)]


def test_the_master_playlist_says_what_each_rung_needs(tmp_path: Path, publish: Publish) -> None:
    published = publish(make_clip(tmp_path / "film.mp4", rate="30000/1001", seconds=5))
    lines = (published.folder / "master.m3u8").read_text().splitlines()
    assert lines[:3] == ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    (sound,) = (track for track in published.package.tracks if track.kind == "audio")
    rungs = [attributes(line) for line in lines if line.startswith("#EXT-X-STREAM-INF:")]
    scans = [attributes(line) for line in lines if line.startswith("#EXT-X-I-FRAME-STREAM-INF:")]
    for video, rung, scan in zip(videos(published), rungs, scans, strict=True):
        assert int(rung["BANDWIDTH"]) == video.bandwidth + sound.bandwidth
        assert int(rung["AVERAGE-BANDWIDTH"]) == video.average_bandwidth + sound.average_bandwidth
        assert rung["CODECS"] == f'"{video.codec},mp4a.40.2"'
        assert rung["FRAME-RATE"] == "29.970"
        assert scan["CODECS"] == f'"{video.codec}"'
        assert rung["RESOLUTION"] == scan["RESOLUTION"] == f"{video.width}x{video.height}"
        assert int(scan["BANDWIDTH"]) < video.bandwidth


@pytest.mark.parametrize("frames", [1, 130])
def test_key_frames_are_listed_as_what_they_take_of_their_segments(
    tmp_path: Path, publish: Publish, frames: int
) -> None:
    clip = make_clip(tmp_path / "long.mp4", seconds=6)
    ffmpeg("-i", clip, "-frames:v", str(frames), "-c:v", "libx264", tmp_path / "film.mp4")
    published = publish(tmp_path / "film.mp4")
    for video in videos(published):
        with av.open(str(published.folder / video.path)) as container:
            packets = [one for one in container.demux(container.streams.video[0]) if one.is_keyframe and one.size]
        ends = [(packet.pos or 0) + packet.size for packet in packets]
        playlist = (published.folder / video.playlist).read_text()
        scan = (published.folder / video.playlist.replace(".m3u8", "-iframes.m3u8")).read_text()
        assert "#EXT-X-I-FRAMES-ONLY\n" in scan
        begins = [begin for begin, _ in segments(playlist)]
        assert segments(scan) == list(zip(begins, ends, strict=True))
