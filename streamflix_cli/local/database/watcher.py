"""Keeps a server for each deployed cluster, and none else."""

import logging
import random
import shutil
import socket
import subprocess
import time
from pathlib import Path

import psycopg
from botocore.exceptions import BotoCoreError, ClientError

from streamflix_cli.errors import StreamflixError
from streamflix_cli.local.database import master
from streamflix_cli.local.database.certificates import Authority
from streamflix_cli.local.database.deployed import Account, Cluster, Credentials
from streamflix_cli.local.database.install import install_postgresql
from streamflix_cli.local.database.registry import Listener, Registry
from streamflix_cli.local.database.server import Server, ServerError

PAUSE_SECONDS = 1.0
PAUSE_AFTER_FAILURE_SECONDS = 2.0
ATTEMPTS_TO_DRAW = 50

UNAVAILABLE = (BotoCoreError, ClientError)
"""What boto3 raises when the control plane does not answer, or not as expected."""
FAILURES = (
    *UNAVAILABLE,
    LookupError,
    OSError,
    ServerError,
    StreamflixError,
    ValueError,
    psycopg.Error,
    subprocess.SubprocessError,
)
"""How keeping one cluster's server can fail, to be tried again."""

logger = logging.getLogger(__name__)


class Watcher:
    """Follows what is deployed.

    Args:
        account: The local account.
        folder: Where the servers' data lie.
        registry: Where the servers are written down; addresses that it holds are kept.
    """

    def __init__(self, account: Account, *, folder: Path, registry: Registry) -> None:
        self._account = account
        self._folder = folder
        self._registry = registry
        folder.mkdir(parents=True, exist_ok=True)
        self._authority = Authority(folder)
        self._servers: dict[str, Server] = {}
        self._masters: dict[str, Credentials] = {}
        self._listeners = registry.read()
        self._said: dict[str, str] = {}

    def run(self) -> None:
        """Runs until the process is told to end."""
        try:
            while True:
                time.sleep(PAUSE_SECONDS if self.follow() else PAUSE_AFTER_FAILURE_SECONDS)
        finally:
            for server in self._servers.values():
                server.stop()

    def follow(self) -> bool:
        """Compares once what is deployed with what runs, and acts on the difference.

        Returns:
            Whether nothing failed.
        """
        try:
            clusters = self._account.clusters()
        except UNAVAILABLE as error:
            # Not a word about which clusters exist: every server stays as it is.
            self._say("the control plane", str(error))
            return False
        self._say("the control plane", "answers")
        self._remove_all_but(clusters)
        # Each of them, not only up to the first that fails.
        return False not in [self._keep(cluster) for cluster in clusters]

    def _keep(self, cluster: Cluster) -> bool:
        try:
            self._run_server(cluster)
            credentials = self._account.master(cluster)
            if self._masters.get(cluster.resource_id) != credentials:
                with self._servers[cluster.resource_id].connect() as connection:
                    master.set_up(connection, credentials, database=cluster.database)
                self._masters[cluster.resource_id] = credentials
        except FAILURES as error:
            self._say(cluster.arn, str(error))
            return False
        self._say(cluster.arn, "is available")
        self._write_down(cluster, available=True)
        return True

    def _run_server(self, cluster: Cluster) -> None:
        server = self._servers.get(cluster.resource_id)
        if server is not None and server.port != cluster.port:
            server.stop()
            server = None
        if server is None:
            known = self._listeners.get(cluster.arn)
            server = Server(
                install_postgresql(),
                self._folder / cluster.resource_id,
                # Running tasks were told the address.
                address=known.address if known else _draw_address(cluster.port),
                port=cluster.port,
            )
            self._servers[cluster.resource_id] = server
        if not server.is_running():
            self._masters.pop(cluster.resource_id, None)
            self._write_down(cluster, available=False)
            server.start(*self._authority.issue(*cluster.names))

    def _remove_all_but(self, clusters: list[Cluster]) -> None:
        resource_ids = {cluster.resource_id for cluster in clusters}
        for resource_id in self._servers.keys() - resource_ids:
            self._servers.pop(resource_id).remove()
            self._masters.pop(resource_id, None)
        for data in self._folder.glob("cluster-*"):
            if data.stem not in resource_ids:
                shutil.rmtree(data, ignore_errors=True)
        arns = {cluster.arn for cluster in clusters}
        self._listeners = {arn: listener for arn, listener in self._listeners.items() if arn in arns}
        self._registry.write(self._listeners)

    def _write_down(self, cluster: Cluster, *, available: bool) -> None:
        self._listeners[cluster.arn] = Listener(
            address=self._servers[cluster.resource_id].address,
            port=cluster.port,
            ca=str(self._authority.path),
            endpoint=cluster.endpoint,
            state="available" if available else "starting",
        )
        self._registry.write(self._listeners)

    def _say(self, subject: str, words: str) -> None:
        """Logs what is new about something, not the same every second."""
        if self._said.get(subject) != words:
            logger.info("%s: %s", subject, words)
            self._said[subject] = words


def _draw_address(port: int) -> str:
    """A loopback address on which the port is free, at random: other local clouds draw too.

    Raises:
        OSError: Another program listens on the port of every address.
    """
    for _ in range(ATTEMPTS_TO_DRAW):
        # The first and last octets avoid 127.0.0.1 and what looks like a network or a broadcast address.
        address = f"127.{random.randint(1, 254)}.{random.randint(0, 255)}.{random.randint(1, 254)}"  # noqa: S311
        with socket.socket() as probe:
            try:
                probe.bind((address, port))
            except OSError:
                continue
            return address
    raise OSError(f"port {port} is taken on the loopback interface")
