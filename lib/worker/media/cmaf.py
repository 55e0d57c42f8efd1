"""Reads what the manifests say about a CMAF file: its codec and its segments (ISO/IEC 14496-12 and -15)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

# Flags of `trun` and `tfhd` (ISO/IEC 14496-12, 8.8.7 and 8.8.8): which of the optional fields are there.
_FIRST_SAMPLE_FLAGS, _SAMPLE_DURATION, _SAMPLE_SIZE = 0x4, 0x100, 0x200
_BEFORE_DEFAULT_SIZE = ((0x1, 8), (0x2, 4), (0x8, 4))


@dataclass(frozen=True)
class Segment:
    """A part of the file that can be fetched and decoded by itself.

    Attributes:
        offset: Bytes from the file's start.
        size: Bytes.
        seconds: Duration.
    """

    offset: int
    size: int
    seconds: Fraction


@dataclass(frozen=True)
class Track:
    """A CMAF file of one track.

    Attributes:
        codec: As RFC 6381 names it.
        header_size: Bytes of `ftyp` and `moov`, from the file's start.
        index_size: Bytes of the `sidx` that follows them.
        segments: In order, without gaps.
        size: Bytes of the file.
    """

    codec: str
    header_size: int
    index_size: int
    segments: tuple[Segment, ...]
    size: int

    @property
    def seconds(self) -> float:
        """Duration."""
        return float(sum(segment.seconds for segment in self.segments))

    @property
    def bandwidth(self) -> int:
        """Bits a second of the segment that needs most; a short last one is none by itself (RFC 8216, 4.3.4.2)."""
        enough = max(segment.seconds for segment in self.segments) / 2
        return max(round(8 * one.size / one.seconds) for one in self.segments if one.seconds >= enough)

    @property
    def average_bandwidth(self) -> int:
        """Bits a second over the whole duration."""
        return round(8 * sum(segment.size for segment in self.segments) / self.seconds)


def read_track(path: Path) -> Track:
    """Reads a file as `encode_video` and `encode_audio` write it.

    Raises:
        ValueError: It is none such.
    """
    header = b""
    with path.open("rb") as file:
        for kind, offset, size in _boxes(file):
            if kind == b"moov":
                header = file.read(size - 8)
            elif kind == b"sidx":
                return Track(
                    codec=_codec(header),
                    header_size=offset,
                    index_size=size,
                    segments=tuple(_segments(file.read(size - 8), offset + size)),
                    size=path.stat().st_size,
                )
    raise ValueError(f"{path.name} has no index of segments.")


def read_key_frames(path: Path, track: Track) -> Track:
    """The same file, where of each segment only the first picture counts: it is a key frame.

    Raises:
        ValueError: A segment is not one fragment of one track.
    """
    with path.open("rb") as file:
        segments = [replace(segment, size=_first_sample_end(file, segment)) for segment in track.segments]
    return replace(track, segments=tuple(segments))


def _first_sample_end(file: BinaryIO, segment: Segment) -> int:
    """Bytes from a segment's start to the end of its first sample."""
    file.seek(segment.offset)
    size, kind = struct.unpack(">I4s", file.read(8))
    if kind != b"moof":
        raise ValueError("A segment that does not begin with a fragment.")
    (fragment,) = (content for kind, content in _children(file.read(size - 8)) if kind == b"traf")
    boxes = dict(_children(fragment))
    header, run = boxes[b"tfhd"], boxes[b"trun"]
    flags, _, data_offset = struct.unpack(">IIi", run[:12])
    sample = 12 + 4 * bool(flags & _FIRST_SAMPLE_FLAGS) + 4 * bool(flags & _SAMPLE_DURATION)
    if not flags & _SAMPLE_SIZE:
        header_flags = int.from_bytes(header[:4])
        run, sample = header, 8 + sum(width for flag, width in _BEFORE_DEFAULT_SIZE if header_flags & flag)
    return int(data_offset + int.from_bytes(run[sample : sample + 4]))


def _children(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of the boxes in a box."""
    while content:
        size, kind = struct.unpack(">I4s", content[:8])
        yield kind, content[8:size]
        content = content[max(size, 8) :]


def _boxes(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Kind, offset and size of each box before the media; the file stands behind the box's header."""
    offset = 0
    while len(head := file.read(8)) == 8:
        size, kind = struct.unpack(">I4s", head)
        yield kind, offset, size
        offset += max(size, 8)
        file.seek(offset)


def _segments(index: bytes, offset: int) -> Iterator[Segment]:
    if index[0] != 1:
        raise ValueError("An index of segments of an unknown version.")
    timescale, first_offset, count = struct.unpack(">8xI8xQ2xH", index[:32])
    offset += first_offset
    for size, duration, _ in struct.iter_unpack(">III", index[32 : 32 + 12 * count]):
        yield Segment(offset=offset, size=size, seconds=Fraction(duration, timescale))
        offset += size


def _codec(header: bytes) -> str:
    for box, name in ((b"avcC", _avc), (b"hvcC", _hevc), (b"av1C", _av1)):
        _, found, configuration = header.partition(box)
        if found:
            return name(configuration)
    return "mp4a.40.2"


def _avc(configuration: bytes) -> str:
    return f"avc1.{configuration[1:4].hex()}"


def _hevc(configuration: bytes) -> str:
    """As ISO/IEC 14496-15, Annex E, says: profile, compatibility, tier and level, constraints."""
    profile, level = configuration[1], configuration[12]
    compatibility = int(f"{int.from_bytes(configuration[2:6]):032b}"[::-1], 2)
    constraints = "".join(f".{byte:X}" for byte in configuration[6:12].rstrip(b"\0"))
    tier = "H" if profile & 0x20 else "L"
    return f"hvc1.{profile & 0x1F}.{compatibility:X}.{tier}{level}{constraints}"


def _av1(configuration: bytes) -> str:
    """As the AV1 codec's ISO media binding says, section 5: profile, level and tier, bit depth."""
    profile, level = configuration[1] >> 5, configuration[1] & 0x1F
    tier, depth = "H" if configuration[2] & 0x80 else "M", 10 if configuration[2] & 0x40 else 8
    return f"av01.{profile}.{level:02}{tier}.{depth:02}"
