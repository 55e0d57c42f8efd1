"""The files of the local cloud of one project folder."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ValidationError

from streamflix_cli.errors import StreamflixError
from streamflix_cli.local.models import CloudRecord


class InstanceRecord(BaseModel):
    """`cloud.json` beside an environment's Terraform state: the instance and the region it was deployed to."""

    instance_id: str
    region: str


class CloudFolder:
    """`.streamflix/cloud/` under the project folder, and the environments beside it.

    Args:
        root: The project folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.path = self.root / ".streamflix" / "cloud"
        self.record_path = self.path / "cloud.json"
        self.environments_path = self.root / ".streamflix" / "local"

    def log(self, name: str) -> Path:
        """Path of the log of the part `name`."""
        return self.path / f"{name}.log"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the lock under which the cloud is started and stopped; waits for it.

        Raises:
            StreamflixError: LOCAL_FILES_UNUSABLE.
        """
        with usable(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            with usable(self.path):
                # Tells who holds it, and a full disk before anything is started.
                os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
            yield
        finally:
            os.close(descriptor)

    def read(self) -> CloudRecord | None:
        """What the supervisor last wrote down, None without a readable record."""
        try:
            return CloudRecord.model_validate_json(self.record_path.read_bytes())
        except (FileNotFoundError, NotADirectoryError, ValidationError):
            return None

    def write(self, record: CloudRecord) -> None:
        """Replaces the record in one step, so that a reader never sees half of it."""
        temporary = self.record_path.with_suffix(".tmp")
        temporary.write_text(record.model_dump_json(indent=1), encoding="utf-8")
        temporary.replace(self.record_path)

    def forget(self) -> None:
        """Removes the record."""
        self.record_path.unlink(missing_ok=True)

    def deployed(self) -> dict[str, InstanceRecord | None]:
        """Where each environment was deployed to, by environment suffix; None for a record that cannot be read.

        The deploy commands write `.streamflix/local/SUFFIX/cloud.json`.
        """
        records: dict[str, InstanceRecord | None] = {}
        for path in sorted(self.environments_path.glob("*/cloud.json")):
            try:
                records[path.parent.name] = InstanceRecord.model_validate_json(path.read_bytes())
            except (FileNotFoundError, ValidationError):
                records[path.parent.name] = None
        return records


@contextmanager
def usable(path: Path) -> Iterator[None]:
    """Turns a failure to use the cloud's files into an error that names the cause.

    Raises:
        StreamflixError: LOCAL_FILES_UNUSABLE.
    """
    try:
        yield
    except OSError as error:
        hints = {
            errno.ENOSPC: "Free some disk space, then run it again.",
            errno.EDQUOT: "Free some of your disk quota, then run it again.",
        }
        raise StreamflixError(
            "LOCAL_FILES_UNUSABLE",
            f"The local cloud cannot use its folder {path}: {error.strerror or error}.",
            hint=hints.get(error.errno or 0, f"Make {path} a folder that you may write to, then run it again."),
        ) from error
