"""Takes the two families of containers apart and puts them together again: MP4's boxes and Matroska's elements."""

import struct
from collections.abc import Callable, Iterator, Sequence


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    while content:
        size, kind = struct.unpack(">I4s", content[:8])
        yield kind, content[8:size]
        content = content[size:]


def changed(content: bytes, path: Sequence[bytes], change: Callable[[bytes], bytes]) -> bytes:
    """A file with what is in all boxes at this path changed, and the boxes around them as large as they then are."""
    first, *rest = path
    return b"".join(
        box(kind, (changed(inner, rest, change) if rest else change(inner)) if kind == first else inner)
        for kind, inner in boxes(content)
    )


def with_word(at: int, value: int) -> Callable[[bytes], bytes]:
    """Writes 32 bits at this place."""
    return lambda content: content[:at] + value.to_bytes(4, "big") + content[at + 4 :]


def in_its_place(content: bytes) -> Callable[[bytes], bytes]:
    """Puts this there, whatever there was."""
    return lambda _: content


def element(identifier: bytes, content: bytes) -> bytes:
    return identifier + b"\x01" + len(content).to_bytes(7, "big") + content
