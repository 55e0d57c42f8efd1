"""`databases.json` in the cloud's folder: where the server of each deployed cluster listens.

Written by this package alone. The ECS agent reads the address and the authority that its tasks need, the RDS
Data API whom to connect to.
"""

from pathlib import Path
from typing import Literal

from pydantic import RootModel, ValidationError

from streamflix_cli.local.models import Record


class Listener(Record):
    """Where one cluster's server listens.

    Attributes:
        address: Loopback address of its own, 127.x.y.z. It stays the same as long as the cluster exists.
        port: The cluster's deployed port.
        ca: Path of the authority that signed the server's certificate, PEM.
        endpoint: The cluster's host name, for which the certificate is made out.
        state: `available` once the master user can connect.
    """

    address: str
    port: int
    ca: str
    endpoint: str
    state: Literal["starting", "available"]


class Listeners(RootModel[dict[str, Listener]]):
    """All of them by cluster ARN."""


class Registry:
    """Reads and replaces the file.

    Args:
        path: `.streamflix/cloud/databases.json`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written: dict[str, Listener] | None = None

    def read(self) -> dict[str, Listener]:
        """What stands in it; nothing without a readable file."""
        try:
            return Listeners.model_validate_json(self._path.read_bytes()).root
        except (OSError, ValidationError):
            return {}

    def write(self, listeners: dict[str, Listener]) -> None:
        """Replaces it in one step, so that a reader never sees half of it, if anything changed."""
        if listeners == self._written:
            return
        temporary = self._path.with_suffix(".tmp")
        temporary.write_text(Listeners(listeners).model_dump_json(indent=1), encoding="utf-8")
        temporary.replace(self._path)
        self._written = dict(listeners)
