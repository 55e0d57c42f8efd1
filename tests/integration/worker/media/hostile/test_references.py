"""Files that only name others: what they name, here or elsewhere, is never opened."""

import struct
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event
from typing import TypeAlias

import imageio_ffmpeg
import pytest

from lib.worker.errors import RejectedError, RetryError
from lib.worker.media import extract_subtitles, probe, sanity_decode
from lib.worker.media.process import Input, run_ffmpeg
from tests.clips import ffmpeg
from tests.integration.worker.media.hostile.boxes import box, changed, in_its_place
from tests.integration.worker.media.hostile.canary import Canary

Seeds: TypeAlias = Mapping[str, bytes]
Make: TypeAlias = Callable[[Seeds, str], bytes]
"""Makes a file that names this file or address."""

TEXTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{}\n#EXT-X-ENDLIST\n",
    "hls master": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{}\n",
    "hls map": '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MAP:URI="{}"\n#EXTINF:2,\nnone\n#EXT-X-ENDLIST\n',
    "hls key": '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-KEY:METHOD=AES-128,URI="{}"\n#EXTINF:2,\nnone\n',
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" profiles="p">'
    '<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>{}</BaseURL>'
    '<SegmentBase indexRange="0-99"/></Representation></AdaptationSet></Period></MPD>',
    "ffconcat": "ffconcat version 1.0\nfile '{}'\n",
    "ffconcat subfile": "ffconcat version 1.0\nfile 'subfile,,start,0,end,99,,:{}'\n",
    "ffconcat concat": "ffconcat version 1.0\nfile 'concat:{0}|{0}'\n",
    "ffconcat data": "ffconcat version 1.0\nfile 'data:application/x-mpegurl,{}'\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\na=control:{}\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
    "media link": '<?xml version="1.0"?><?quicktime type="application/x-quicktime-media-link"?><embed src="{}"/>',
    "rtsp text": "RTSPtext\r\n{}\r\n",
    "asf reference": "[Reference]\r\nRef1={}\r\n",
    "asx": '<asx version="3.0"><entry><ref href="{}"/></entry></asx>',
    "m3u": "#EXTM3U\n#EXTINF:-1,A film\n{}\n",
    "pls": "[playlist]\nFile1={}\nNumberOfEntries=1\n",
    "smil": '<smil><body><video src="{}"/></body></smil>',
    "ttml": '<?xml version="1.0"?><tt xmlns="http://www.w3.org/ns/ttml"><body><div><image src="{}"/></div></body></tt>',
    "svg": '<svg xmlns="http://www.w3.org/2000/svg"><image href="{}" width="9" height="9"/></svg>',
    "avisynth": 'AviSource("{}")\n',
    "vapoursynth": "import vapoursynth as vs\nvs.core.ffms2.Source('{}').set_output()\n",
    "imf": '<?xml version="1.0"?><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016">'
    "<Id>{}</Id></CompositionPlaylist>",
    "subrip": '1\n00:00:00,000 --> 00:00:01,000\n<img src="{}">\n',
    "ass": "[Script Info]\nScriptType: v4.00+\n[V4+ Styles]\n[Events]\n"
    "Dialogue: 0,0:00:00.00,0:00:01.00,,{{\\img({})}}x\n",
    "webvtt": "WEBVTT\n\nSTYLE\n::cue {{ background: url({}) }}\n\n00:00.000 --> 00:01.000\nHello\n",
    "image pattern": "{}%d.png",
}


def reference_movie(_: Seeds, name: str) -> bytes:
    """QuickTime's: a movie elsewhere is to be played instead."""
    reference = box(b"rdrf", struct.pack(">I4sI", 0, b"url ", len(name)) + name.encode())
    return box(b"ftyp", b"qt  \0\0\0\0qt  ") + box(b"moov", box(b"rmra", box(b"rmda", reference)))


def external_track(kind: bytes) -> Make:
    """A QuickTime movie whose samples are said to lie in another file (ISO/IEC 14496-12, 8.7.2)."""

    def make(seeds: Seeds, name: str) -> bytes:
        entry = b"\0\0\0\0" + (alias(name) if kind == b"alis" else name.encode() + b"\0")
        references = struct.pack(">II", 0, 1) + box(kind, entry)
        return changed(
            seeds["mjpeg.mov"], (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"), in_its_place(references)
        )

    return make


def alias(name: str) -> bytes:
    """An alias record with an absolute path (Inside Macintosh: Files, "Alias Manager"), as FFmpeg reads it."""
    path = name.encode()
    head = bytes(6) + struct.pack(">H", 2) + bytes(2) + b"\x04disk".ljust(28, b"\0") + bytes(12)
    head += b"\x05movie".ljust(64, b"\0") + bytes(16) + struct.pack(">hh", 1, 1) + bytes(16)
    return head + struct.pack(">hH", 18, len(path)) + path + b"\0" * (len(path) % 2) + struct.pack(">hH", -1, 0)


def linked_segment(seeds: Seeds, name: str) -> bytes:
    """Matroska's: the film goes on in another file, whose name takes the place of the muxer's."""
    writers = b"\x4d\x80\x84Lavf\x57\x41\x84Lavf"
    link = name[-10:].encode()
    assert writers in seeds["ffv1.mkv"]
    return seeds["ffv1.mkv"].replace(writers, b"\x3e\x83\xbb" + bytes([0x80 | len(link)]) + link)


def external_essence(seeds: Seeds, name: str) -> bytes:
    """An MXF file without its essence, which a network locator is to name (SMPTE ST 377-1, Annex B.1)."""
    mxf = seeds["mpeg2.mxf"]
    locator = struct.pack(">HH", 0x4001, 2 * len(name)) + name.encode("utf-16-be")
    key = bytes.fromhex("060e2b34025301010d01010101013200")
    essence = mxf.index(bytes.fromhex("060e2b3401020101")[:7], 1000)
    return mxf[:essence] + key + b"\x83" + len(locator).to_bytes(3, "big") + locator


FILES: dict[str, Make] = {
    "reference movie": reference_movie,
    "external track by url": external_track(b"url "),
    "external track by alias": external_track(b"alis"),
    "linked segment": linked_segment,
    "external essence": external_essence,
}


def named(canary: Canary, where: str) -> str:
    return {"file": str(canary.path), "relative": canary.path.name, "address": canary.url}[where]


def looked_at(path: Path) -> str:
    try:
        sanity_decode(path, probe(path))
    except RejectedError as error:
        reason = error.reason
        assert "reference" not in reason.lower()
        assert reason.endswith(".")
        assert "Errno" not in reason
        return error.code
    return "accepted"


@pytest.mark.parametrize("where", ["file", "address"])
def test_the_canary_sees_who_follows(tmp_path: Path, canary: Canary, where: str) -> None:
    path = tmp_path / "list"
    path.write_text(TEXTS["ffconcat"].format(named(canary, where)))
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-f", "concat", "-safe", "0"]
    command += ["-protocol_whitelist", "file,http,tcp", "-i", str(path), "-f", "null", "-"]
    subprocess.run(command, capture_output=True, timeout=30, check=False)
    assert canary.touched


@pytest.mark.parametrize("kind", TEXTS)
def test_a_text_that_names_another_file_is_no_video(tmp_path: Path, canary: Canary, kind: str) -> None:
    """As the film itself, whatever its name promises."""
    path = tmp_path / "film.mp4"
    for where in ("file", "address"):
        path.write_text(TEXTS[kind].format(named(canary, where)))
        assert looked_at(path) == "NOT_A_VIDEO"
    assert canary.touched == []


@pytest.mark.parametrize("kind", FILES)
def test_a_container_that_names_another_file_is_taken_for_what_it_holds(
    tmp_path: Path, canary: Canary, seeds: Seeds, kind: str
) -> None:
    path = tmp_path / "film"
    for where in ("file", "relative", "address"):
        path.write_bytes(FILES[kind](seeds, named(canary, where)))
        demuxer = {"linked segment": "matroska", "external essence": "mxf"}.get(kind, "mov")
        if looked_at(path) == "accepted":
            run_ffmpeg([Input(path, demuxer)], ["-f", "null", "-"], folder=tmp_path, cancel=Event())
        else:
            # The encoder is never given what was rejected; it would not follow either.
            with pytest.raises(RetryError):
                run_ffmpeg([Input(path, demuxer)], ["-f", "null", "-"], folder=tmp_path, cancel=Event())
    assert canary.touched == []


@pytest.mark.parametrize("kind", ["subrip", "ass", "webvtt"])
def test_subtitles_that_name_another_file_are_only_text(
    tmp_path: Path, canary: Canary, seeds_folder: Path, kind: str
) -> None:
    subtitles, film, parts = tmp_path / f"text.{kind}", tmp_path / "film.mkv", tmp_path / "parts"
    parts.mkdir()
    subtitles.write_text(TEXTS[kind].format(canary.url))
    reader = {"subrip": "srt"}.get(kind, kind)
    ffmpeg(
        "-i", seeds_folder / "h264.mp4", "-f", reader, "-i", subtitles, "-c", "copy", "-map", "0:v", "-map", "1", film
    )
    info = probe(film)
    (track,) = extract_subtitles(film, info, parts, cancel=Event())
    assert (parts / track.file).read_text().startswith("WEBVTT")
    assert canary.touched == []
