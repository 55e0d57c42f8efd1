"""Hostile files, each made from sound ones by a seed and a number alone, so that it can be made again."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Literal

MOST_BYTES = 4 * 1024 * 1024
HEAD_BYTES = 4096

NAMES = [
    *(b"ftyp", b"moov", b"mvhd", b"trak", b"tkhd", b"edts", b"elst", b"mdia", b"mdhd", b"hdlr", b"minf", b"dinf"),
    *(b"dref", b"stbl", b"stsd", b"avc1", b"hvc1", b"avcC", b"hvcC", b"mp4a", b"esds", b"apcn", b"jpeg", b"stts"),
    *(b"stss", b"ctts", b"stsc", b"stsz", b"stco", b"co64", b"mvex", b"trex", b"moof", b"tfhd", b"tfdt", b"trun"),
    *(b"sidx", b"mfra", b"udta", b"meta", b"ilst", b"covr", b"chap", b"tx3g", b"colr", b"pasp", b"mdat", b"free"),
    *(b"RIFF", b"LIST", b"hdrl", b"avih", b"strh", b"strf", b"movi", b"idx1", b"00dc", b"01wb", b"fmt ", b"data"),
    *(b"OggS", b"FLV", b"onMetaData", b"duration", b"OpusHead", b"fLaC", b"\x89PNG", b"IHDR", b"\xff\xd8\xff"),
    *(b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67", b"\x15\x49\xa9\x66", b"\x2a\xd7\xb1", b"\x44\x89", b"\x16\x54\xae\x6b"),
    *(b"\xae", b"\xb0", b"\xba", b"\x86", b"\x63\xa2", b"\x1f\x43\xb6\x75", b"\xe7", b"\xa3", b"\xa0", b"\x1c\x53\xbb"),
    *(b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3", b"\x00\x00\x01\xe0", b"\x00\x00\x00\x01\x67", b"\x47\x40\x00"),
    *(b"\x06\x0e\x2b\x34", b"\x30\x26\xb2\x75", b"\xa1\xdc\xab\x8c", b"\x91\x07\xdc\xb7"),
]
"""Marks behind or before which numbers stand: sizes, counts, dimensions, times."""
NUMBERS = [
    *(0, 1, 2, 7, 8, 9, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 65_536, 0x7FFFFF, 0xFFFFFF, 0x10000000),
    *(0x3FFFFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, 2**53, 2**62, 2**63 - 1, 2**63, 2**64 - 1),
]

Mutation = Callable[[bytes, Random, Mapping[str, bytes]], bytes]


@dataclass(frozen=True)
class Hostile:
    """A hostile file.

    Attributes:
        name: What it was made from, and how.
    """

    name: str
    content: bytes


def hostile(seeds: Mapping[str, bytes], seed: int, index: int) -> Hostile:
    """The file with this number in the corpus of this seed."""
    random = Random(f"{seed}/{index}")
    name = random.choice(sorted(seeds))
    content = seeds[name]
    steps = random.choices(MUTATIONS, weights=[weight for _, weight in WEIGHTED], k=random.choice((1, 1, 1, 2, 3)))
    for mutate in steps:
        content = mutate(content, random, seeds)[:MOST_BYTES]
    return Hostile(f"{name}: {', '.join(step.__name__ for step in steps)}", content)


def _span(content: bytes, random: Random) -> tuple[int, int]:
    """Somewhere, and a little or a lot of it; half of the time at the beginning, where most is decided."""
    most = len(content) if random.random() < 0.5 else min(HEAD_BYTES, len(content))
    begin = random.randrange(most + 1)
    return begin, min(len(content), begin + random.choice((1, 4, 16, 188, 1024, 8192)))


def flip_bits(content: bytes, random: Random, _: Mapping[str, bytes]) -> bytes:
    changed = bytearray(content)
    most = len(content) if random.random() < 0.5 else min(HEAD_BYTES, len(content))
    for _number in range(random.choice((1, 2, 8, 64, 512)) if most else 0):
        changed[random.randrange(most)] ^= 1 << random.randrange(8)
    return bytes(changed)


def lie(content: bytes, random: Random, _: Mapping[str, bytes]) -> bytes:
    """Writes another number near to a mark: a box's size, a count, a time scale, a width."""
    changed = bytearray(content)
    for _number in range(random.choice((1, 1, 2, 5))):
        found = [mark for mark in NAMES if mark in content]
        mark = random.choice(found) if found else b""
        places = [one.start() for one in islice(re.finditer(re.escape(mark), content), 64)]
        at = random.choice(places) if places else 0
        width = random.choice((1, 2, 4, 4, 8))
        order: Literal["big", "little"] = "little" if random.random() < 0.3 else "big"
        begin = max(0, at + random.choice((-8, -4, *(len(mark) + offset for offset in (0, 1, 2, *range(4, 64, 4))))))
        number = random.choice(NUMBERS) % (1 << 8 * width)
        changed[begin : begin + width] = number.to_bytes(width, order)
    return bytes(changed)


def truncate(content: bytes, random: Random, _: Mapping[str, bytes]) -> bytes:
    return content[: random.randrange(len(content) + 1)]


def behead(content: bytes, random: Random, _: Mapping[str, bytes]) -> bytes:
    return content[random.randrange(min(HEAD_BYTES, len(content)) + 1) :]


def repeat(content: bytes, random: Random, _: Mapping[str, bytes]) -> bytes:
    begin, end = _span(content, random)
    return content[:begin] + content[begin:end] * random.choice((2, 3, 50, 1000)) + content[end:]


def remove(content: bytes, random: Random, _: Mapping[str, bytes]) -> bytes:
    begin, end = _span(content, random)
    return content[:begin] + content[end:]


def swap(content: bytes, random: Random, _: Mapping[str, bytes]) -> bytes:
    first, second = sorted((_span(content, random), _span(content, random)))
    if first[1] > second[0]:
        return content
    between = content[first[1] : second[0]]
    head, tail = content[: first[0]], content[second[1] :]
    return head + content[slice(*second)] + between + content[slice(*first)] + tail


def blank(content: bytes, random: Random, _: Mapping[str, bytes]) -> bytes:
    begin, end = _span(content, random)
    return content[:begin] + random.choice((b"\0", b"\xff")) * (end - begin) + content[end:]


def scramble(content: bytes, random: Random, _: Mapping[str, bytes]) -> bytes:
    begin, end = _span(content, random)
    return content[:begin] + random.randbytes(end - begin) + content[end:]


def graft(content: bytes, random: Random, seeds: Mapping[str, bytes]) -> bytes:
    """The beginning of one file, and the end of another."""
    other = seeds[random.choice(sorted(seeds))]
    return content[: random.randrange(len(content) + 1)] + other[random.randrange(len(other)) :]


def join(content: bytes, random: Random, seeds: Mapping[str, bytes]) -> bytes:
    other = seeds[random.choice(sorted(seeds))]
    return content + other if random.random() < 0.5 else other + content


def noise(content: bytes, random: Random, _: Mapping[str, bytes]) -> bytes:
    """Nothing but noise, often behind a beginning that promises more."""
    return content[: random.choice((0, 4, 12, 64, 512))] + random.randbytes(random.choice((0, 1, 100, 5000, 100_000)))


WEIGHTED: list[tuple[Mutation, int]] = [
    *((lie, 8), (flip_bits, 4), (truncate, 2), (behead, 1), (repeat, 2), (remove, 2), (swap, 1), (blank, 1)),
    *((scramble, 2), (graft, 2), (join, 1), (noise, 1)),
]
MUTATIONS = [mutation for mutation, _ in WEIGHTED]
