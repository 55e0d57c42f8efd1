"""Which local server stands for the database host that a task is told."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import RootModel, ValidationError

from streamflix_cli.local.ecs.substitutions import DATABASE_HOST, DatabaseServer
from streamflix_cli.local.models import Record
from streamflix_cli.local.part import Client


class _Listener(Record):
    address: str
    ca: str
    endpoint: str


class _Listeners(RootModel[dict[str, _Listener]]):
    pass


class ServerNotThereYetError(Exception):
    """The database host is a deployed cluster's, and its server has not been started yet."""


class Databases:
    """The servers of the deployed clusters.

    Args:
        path: `databases.json` in the cloud's folder, which the `database` part writes.
        rds: Client of RDS.
    """

    def __init__(self, path: Path, rds: Client) -> None:
        self._path = path
        self._rds = rds

    def server_for(self, container: Mapping[str, Any]) -> DatabaseServer | None:
        """The server for the host that a container definition names, None if it is no local one's.

        Raises:
            ServerNotThereYetError: Try again later.
        """
        hosts = (item["value"] for item in container.get("environment", ()) if item["name"] == DATABASE_HOST)
        host = next(hosts, None)
        if host is None:
            return None
        try:
            listeners = _Listeners.model_validate_json(self._path.read_bytes()).root
        except (FileNotFoundError, ValidationError):
            listeners = {}
        for listener in listeners.values():
            if listener.endpoint == host:
                return DatabaseServer(address=listener.address, authority=listener.ca)
        if any(cluster.get("Endpoint") == host for cluster in self._rds.describe_db_clusters()["DBClusters"]):
            raise ServerNotThereYetError(host)
        return None
