"""What is submitted: a handful of very short clips, some files that are no video, and the orders for them."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from lib.contracts.content import ContentRecord, Rights
from lib.contracts.states import PRIORITIES, JobState, Priority
from streamflix_cli.pipeline.sources import Source
from tests.clips import make_clip
from tests.e2e.broken import BROKEN

Shape = Literal["plain", "bad file", "wrong checksum", "without rights", "rights come later", "cancelled"]
"""What is special about a job."""
SHARES: Mapping[Shape, int] = {
    "plain": 66,
    "bad file": 8,
    "wrong checksum": 4,
    "without rights": 5,
    "rights come later": 7,
    "cancelled": 10,
}
COPIES = {1: 80, 2: 15, 10: 5}
"""How often the same record is put into the stream, and of how many jobs in a hundred."""
ENDS: Mapping[Shape, frozenset[JobState]] = {
    "plain": frozenset({"published"}),
    "bad file": frozenset({"rejected"}),
    "wrong checksum": frozenset({"rejected"}),
    "without rights": frozenset({"held"}),
    # The second submission may still be on its way when everything else has ended.
    "rights come later": frozenset({"held", "published"}),
    "cancelled": frozenset({"cancelled", "published"}),
}
"""Where each may rest; any job may be `dead` besides, once the faults have used its attempts up."""
SIZE, RATE = "128x72", "10"
_BAD = ("text.mp4", "noise.mp4", "audio-only.mp4")
_GOOD = ("still", "toned", "longer")


@dataclass(frozen=True)
class Order:
    """One job to be.

    Attributes:
        number: Makes its title unique.
        file: Name of its input.
        streamed: By the stream or by the raw bucket.
        copies: How often its record is put.
        delay: Seconds until it is cancelled, where it is.
    """

    number: int
    shape: Shape
    file: str
    streamed: bool
    copies: int
    priority: Priority
    delay: float

    @property
    def content_id(self) -> str:
        """Its title."""
        return f"chaos-{self.number}"

    @property
    def ends(self) -> frozenset[JobState]:
        """States in which it may rest."""
        return ENDS[self.shape] | {"dead"}

    def content(self, *, with_rights: bool) -> ContentRecord:
        """Its record."""
        rights = None if with_rights else (Rights(territories=("NL",)),)
        return ContentRecord(id=self.content_id, titles={"en": f"Chaos {self.number}"}, rights=rights)


def orders(seed: int) -> Iterator[Order]:
    """The orders of a seed, without end."""
    random_ = random.Random(f"orders {seed}")
    number = 0
    while True:
        number += 1
        (shape,) = random_.choices(list(SHARES), list(SHARES.values()))
        (copies,) = random_.choices(list(COPIES), list(COPIES.values()))
        yield Order(
            number=number,
            shape=shape,
            file=random_.choice(_BAD if shape == "bad file" else _GOOD),
            streamed=random_.random() < 0.5,
            copies=copies,
            priority=random_.choice(PRIORITIES),
            delay=random_.uniform(0, 3),
        )


def make_inputs(folder: Path) -> dict[str, Path]:
    """Writes the files, each by its name."""
    files = {
        "still": make_clip(folder / "still.mp4", size=SIZE, rate=RATE, seconds=1, tone=None),
        "toned": make_clip(folder / "toned.mp4", size=SIZE, rate=RATE, seconds=1),
        "longer": make_clip(folder / "longer.mp4", size=SIZE, rate=RATE, seconds=3, tone=None),
    }
    for name in _BAD:
        make, _ = BROKEN[name]
        files[name] = folder / name
        make(files[name])
    return files


def source(path: Path, content: ContentRecord) -> Source:
    """A file as the client's producer takes it."""
    status = path.stat()
    return Source(path, content, status.st_size, status.st_mtime_ns)


def wrong_digest(order: Order) -> str:
    """A SHA-256 that its file does not have."""
    return sha256(order.content_id.encode()).hexdigest()
