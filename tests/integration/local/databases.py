"""A control plane and the part that runs PostgreSQL for its clusters."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import psycopg
from botocore.config import Config

from tests.control_plane import serving

REGION = "eu-west-1"
WAIT_SECONDS = 60


class LocalDatabases:
    """What runs, and how to reach it.

    Args:
        root: The project folder.
        endpoint: URL of the control plane.
    """

    def __init__(self, root: Path, endpoint: str) -> None:
        self.folder = root / ".streamflix" / "cloud"
        self.endpoint = endpoint
        self._root = root
        self.part: subprocess.Popen[bytes] | None = None

    def start_part(self) -> None:
        """Starts it; one that runs no more is put away first."""
        if self.part is not None:
            put_away(self.part)
        self.part = subprocess.Popen(
            [
                *(sys.executable, "-m", "streamflix_cli.local.database", str(self._root)),
                *("--endpoint", self.endpoint, "--token", "t", "--region", REGION),
            ],
            # It ends when this pipe closes: a test run that crashes leaves nothing behind.
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def client(self, service: str) -> Any:
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def create_cluster(self, name: str, **settings: Any) -> dict[str, Any]:
        cluster: dict[str, Any] = self.client("rds").create_db_cluster(
            **{
                "DBClusterIdentifier": name,
                "Engine": "aurora-postgresql",
                "EngineVersion": "16.6",
                "MasterUsername": "streamflix_owner",
                "ManageMasterUserPassword": True,
                "DatabaseName": "streamflix",
                "EnableHttpEndpoint": True,
                "Port": 6432,
                **settings,
            }
        )["DBCluster"]
        return cluster

    def delete_cluster(self, name: str) -> None:
        self.client("rds").delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)

    def listeners(self) -> dict[str, Any]:
        try:
            listeners: dict[str, Any] = json.loads((self.folder / "databases.json").read_text())
        except FileNotFoundError:
            return {}
        return listeners

    def available(self, cluster: dict[str, Any]) -> dict[str, Any]:
        arn = cluster["DBClusterArn"]
        until(lambda: self.listeners().get(arn, {}).get("state") == "available")
        listener: dict[str, Any] = self.listeners()[arn]
        return listener

    def master(self, cluster: dict[str, Any]) -> dict[str, str]:
        arn = cluster["MasterUserSecret"]["SecretArn"]
        value: dict[str, str] = json.loads(self.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
        return value

    def connect(self, cluster: dict[str, Any], **changed: Any) -> psycopg.Connection:
        """Connects as the worker does: by the deployed name, port, credentials, the address given beside them."""
        listener = self.available(cluster)
        master = self.master(cluster)
        settings: dict[str, Any] = {
            "host": cluster["Endpoint"],
            "hostaddr": listener["address"],
            "port": cluster["Port"],
            "user": master["username"],
            "password": master["password"],
            "dbname": cluster["DatabaseName"],
            "sslmode": "verify-full",
            "sslrootcert": listener["ca"],
            "connect_timeout": 5,
            "autocommit": True,
        }
        return psycopg.connect(**{**settings, **changed})


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def local_databases(root: Path) -> Iterator[LocalDatabases]:
    with serving(cloud=root / ".streamflix" / "cloud") as endpoint:
        running = LocalDatabases(root, endpoint)
        running.start_part()
        try:
            yield running
        finally:
            if running.part is not None:
                running.part.terminate()
                put_away(running.part)


def put_away(process: subprocess.Popen[Any]) -> None:
    """Waits for its end, and closes its pipes only then."""
    process.wait(10)
    with process:
        pass
