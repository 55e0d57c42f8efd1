"""Everything that is other for a task on this machine than on Fargate. There is no other place for it.

* Image: this Python and its packages stand for it: `python` becomes this interpreter, and PATH, LANG, TZ and HOME
  are set unless the task definition sets them. SSL_CERT_FILE, where the agent has it, names whom HTTPS servers
  are trusted by, as the image's certificates do.
* AWS: AWS_ENDPOINT_URL and credentials name the local control plane.
* ECS agent: ECS_AGENT_URI, whose address Fargate sets too, is a port on loopback.
* Database: where a local server stands for the host in DATABASE_HOST, PGHOSTADDR leads to it and PGSSLROOTCERT
  names its authority. The host's name, its port and TLS stay what they are.
* Volumes: variables whose value is a mounted volume's path in the container, or a path in it, name the folder
  that stands for the volume.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

DATABASE_HOST = "DATABASE_HOST"


class DatabaseServer(NamedTuple):
    """The server that stands for a database host: its loopback address and its authority's certificate."""

    address: str
    authority: str


def command(deployed: Sequence[str]) -> list[str]:
    """What is run for a container's command."""
    first, *rest = deployed
    return [sys.executable if first == "python" else first, *rest]


def environment(
    deployed: Mapping[str, str],
    *,
    home: Path,
    endpoint: str,
    agent_uri: str,
    database: DatabaseServer | None,
    volumes: Mapping[str, Path],
) -> dict[str, str]:
    """All that a container's process is told.

    Args:
        deployed: Its variables by the task definition, secrets resolved.
        home: Folder that it starts in.
        endpoint: URL of the control plane.
        agent_uri: The task's own address of this agent.
        database: What stands for its database host, if anything does.
        volumes: Folders by the paths at which volumes are mounted.
    """
    image = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "TZ": "UTC", "HOME": str(home)}
    if "SSL_CERT_FILE" in os.environ:
        image["SSL_CERT_FILE"] = os.environ["SSL_CERT_FILE"]
    services = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "ECS_AGENT_URI": agent_uri,
    }
    if database is not None:
        services |= {"PGHOSTADDR": database.address, "PGSSLROOTCERT": database.authority}
    variables = {name: _local_path(value, volumes) for name, value in deployed.items()}
    return {**image, **variables, **services}


def _local_path(value: str, volumes: Mapping[str, Path]) -> str:
    for mounted_at, folder in volumes.items():
        if value == mounted_at or value.startswith(f"{mounted_at}/"):
            return f"{folder}{value.removeprefix(mounted_at)}"
    return value
