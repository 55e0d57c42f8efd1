"""How far a pipe has read each shard; kept in files, so that a killed runner goes on where it stopped."""

import shutil
from collections.abc import Set
from pathlib import Path


class Checkpoints:
    """The checkpoints of all pipes of a region: a folder for each, a file in it for each shard.

    Args:
        folder: Where they are kept; made when needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, pipe: str, shard_id: str) -> str | None:
        """Sequence number of the last record of a shard that a pipe is done with, None before the first."""
        try:
            return (self._folder / pipe / shard_id).read_text(encoding="ascii")
        except FileNotFoundError:
            return None

    def write(self, pipe: str, shard_id: str, sequence_number: str) -> None:
        """Replaces the checkpoint in one step."""
        path = self._folder / pipe / shard_id
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        temporary.write_text(sequence_number, encoding="ascii")
        temporary.replace(path)

    def keep_only(self, pipes: Set[str]) -> None:
        """Forgets the pipes that are not among these."""
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                if path.name not in pipes:
                    shutil.rmtree(path, ignore_errors=True)
