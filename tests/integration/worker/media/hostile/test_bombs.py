"""Small files that promise more than any worker has: each ends soon, in little memory, with a reason."""

import json
import math
import re
import struct
import subprocess
import sys
import zlib
from collections.abc import Mapping
from typing import Any

import pytest

from tests.integration.worker.media.hostile.boxes import box, changed, element, in_its_place, with_word
from tests.integration.worker.media.hostile.corpus import hostile

STBL = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
FTYP = box(b"ftyp", b"mp42\0\0\0\0mp42isom")
MOST_SECONDS = 90
MOST_MIB = 2048
MANY = 100_000_000


def table(count: int, *entry: int) -> bytes:
    """A table of one entry that says it has so many."""
    return struct.pack(f">{2 + len(entry)}I", 0, count, *entry)


def counting(content: bytes, kind: bytes, count: int) -> bytes:
    return changed(content, (*STBL, kind), with_word(4, count))


def million_pictures(mp4: bytes) -> bytes:
    """Each of one byte, all in one chunk: 24 bytes of index for each, from a file of a few kilobytes."""
    for kind, content in (
        (b"stsz", struct.pack(">3I", 0, 1, MANY)),
        (b"stts", table(1, MANY, 1)),
        (b"stsc", table(1, 1, MANY, 1)),
    ):
        mp4 = changed(mp4, (*STBL, kind), in_its_place(content))
    return mp4


def nested(kind: bytes, depth: int) -> bytes:
    content = b""
    for _ in range(depth):
        content = box(kind, content)
    return content


def compressed_header() -> bytes:
    header = struct.pack(">I", 0x7FFFFFF0) + zlib.compress(bytes(50_000_000))
    return FTYP + box(b"moov", box(b"cmov", box(b"dcom", b"zlib") + box(b"cmvd", header)))


def many_tracks(count: int) -> bytes:
    video = element(b"\xe0", element(b"\xb0", b"\x40") + element(b"\xba", b"\x40"))
    tracks = b"".join(
        element(
            b"\xae",
            element(b"\xd7", number.to_bytes(4, "big"))
            + element(b"\x73\xc5", number.to_bytes(4, "big"))
            + element(b"\x83", b"\x01")
            + element(b"\x86", b"V_VP8")
            + video,
        )
        for number in range(1, count + 1)
    )
    head = element(b"\x1a\x45\xdf\xa3", element(b"\x42\x82", b"matroska"))
    return head + element(b"\x18\x53\x80\x67", element(b"\x16\x54\xae\x6b", tracks))


def many_programs() -> bytes:
    """Transport stream packets, each of another stream."""
    head = b"\0\0\x01\xe0\0\0\x80\x80\x05\x21\0\x01\0\x01"
    return b"".join(
        b"\x47" + (0x4000 | number).to_bytes(2, "big") + b"\x10" + head.ljust(184, b"\xff")
        for number in range(32, 8000)
    )


def as_large_as(content: bytes, mark: bytes, offset: int, width: int) -> bytes:
    """Every picture says that it is 65535 by 65535."""
    size = (0xFFFF).to_bytes(width, "big") * 2
    return re.sub(
        re.escape(mark) + b"(.{%d}).{%d}" % (offset, 2 * width), mark + b"\\1" + size, content, flags=re.DOTALL
    )


def bombs(seeds: Mapping[str, bytes]) -> dict[str, bytes]:
    mp4, mkv, flv = seeds["h264.mp4"], seeds["ffv1.mkv"], seeds["h264.flv"]
    segment = mkv.index(b"\x18\x53\x80\x67") + 12
    return {
        "empty": b"",
        "one byte": b"\0",
        "one byte of a mark": b"\x1a",
        "a hundred million pictures": million_pictures(mp4),
        "a clock that stands": changed(mp4, (*STBL[:3], b"mdhd"), with_word(12, 0)),
        "no clock at all": changed(mp4, (b"moov", b"mvhd"), with_word(12, 0)),
        "a picture of a month": changed(mp4, (*STBL, b"stts"), in_its_place(table(1, 20, 0x7FFFFFFF))),
        **{
            f"a {kind.decode()} without end": counting(mp4, kind, 0x0FFFFFFF)
            for kind in (b"stts", b"stss", b"stsc", b"stco")
        },
        "a ctts without end": counting(seeds["hevc.mp4"], b"ctts", 0x0FFFFFFF),
        "an edit list without end": changed(mp4, (b"moov", b"trak", b"edts", b"elst"), with_word(4, 0x0FFFFFFF)),
        "a fragment without end": re.sub(
            b"trun(.{4}).{4}", b"trun\\1\x7f\xff\xff\xff", seeds["fragmented.mp4"], flags=re.S
        ),
        "boxes of no size": FTYP + b"\0\0\0\0moov" + b"\0\0\0\0trak" * 1000,
        "large boxes of no size": FTYP + b"\0\0\0\x01moov\0\0\0\0\0\0\0\0" * 1000,
        "many empty boxes": FTYP + b"\0\0\0\x08free" * 200_000,
        "boxes in boxes": FTYP + nested(b"moov", 5000),
        "tracks in tracks": FTYP + box(b"moov", nested(b"trak", 5000)),
        "a compressed header": compressed_header(),
        "clusters in clusters": mkv[:segment] + b"\x1f\x43\xb6\x75\xff" * 50_000,
        "groups in groups": mkv[:segment] + b"\x1f\x43\xb6\x75\xff" + b"\xa0\xff" * 50_000,
        "an element of every size": mkv.replace(b"\x1f\x43\xb6\x75", b"\x1f\x43\xb6\x75\x01" + b"\xfe" * 7),
        "a thousand tracks": many_tracks(2000),
        "a stream for each packet": many_programs(),
        "a duration that is no number": re.sub(
            b"\x44\x89\x88.{8}", b"\x44\x89\x88" + struct.pack(">d", math.nan), mkv, flags=re.S
        ),
        "a duration without end": flv.replace(
            b"duration\0" + flv[flv.index(b"duration") + 9 :][:8], b"duration\0" + struct.pack(">d", 1e300)
        ),
        "a clock of nothing": mkv.replace(b"\x2a\xd7\xb1\x83\x0f\x42\x40", b"\x2a\xd7\xb1\x83\0\0\0"),
        "ticks of hours": mkv.replace(b"\x2a\xd7\xb1\x83\x0f\x42\x40", b"\x2a\xd7\xb1\x83\xff\xff\xff"),
        "a gigantic cover": as_large_as(seeds["cover.m4a"], b"IHDR", 0, 4),
        "a huge cover": seeds["cover.m4a"].replace(
            b"IHDR" + bytes((0, 0, 0, 32)) * 2, b"IHDR" + bytes((0, 0, 64, 0)) * 2
        ),
        "gigantic pictures": as_large_as(seeds["mjpeg.mov"], b"\xff\xc0\x00\x11\x08", 0, 2),
        "a gigantic frame": as_large_as(mp4, b"avc1", 24, 2),
        "a track that begins on the way": hostile(seeds, 2026, 539).content,
        "a file of holes": bytes(50_000_000),
        "a head and holes": mp4[:64] + bytes(50_000_000),
    }


CODES = {
    "empty": {"EMPTY_FILE"},
    "one byte": {"NOT_A_VIDEO"},
    "one byte of a mark": {"NOT_A_VIDEO"},
    "a track that begins on the way": {"accepted"},
}
"""What must be found; where nothing is said, whatever is found in time."""


@pytest.fixture(scope="module")
def results(seeds: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("bombs")
    files = bombs(seeds)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    command = [sys.executable, "-m", "tests.integration.worker.media.hostile.examine", "files"]
    done = subprocess.run([*command, *(folder / name for name in files)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {one["name"]: one for one in map(json.loads, done.stdout.splitlines())}


def test_no_bomb_goes_off(seeds: dict[str, bytes], results: dict[str, dict[str, Any]]) -> None:
    sound = set(seeds.values())
    for name, content in bombs(seeds).items():
        assert content not in sound, f"{name} is no bomb"
        found = results[name]
        assert found["outcome"] == "accepted" or found["outcome"].isupper(), found
        assert found["outcome"] in CODES.get(name, {found["outcome"]}), found
        assert found["seconds"] < MOST_SECONDS, found
        assert found["left"] == []
    assert max(found["peak_mib"] for found in results.values()) <= MOST_MIB
