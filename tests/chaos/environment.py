"""A deployed environment as the harness sees it: AWS's APIs, the database's superuser, the processes."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import psutil
import psycopg
from botocore.config import Config
from psycopg.rows import DictRow, dict_row

from streamflix_cli import local
from streamflix_cli.local.database.registry import Registry
from streamflix_cli.local.database.server import BOOTSTRAP_USER
from streamflix_cli.local.ecs.records import recorded, tasks_folder
from streamflix_cli.local.folder import CloudFolder
from streamflix_cli.local.processes import find
from tests.e2e.conftest import Project

NAME = "chaos"
PROFILE = Path(__file__).with_name("chaos.yaml")
SERVICES = ("ecs", "kinesis", "rds-data", "s3", "scheduler", "secretsmanager", "sqs")
_PATIENT = Config(retries={"mode": "standard", "total_max_attempts": 5}, read_timeout=30, max_pool_connections=32)


@dataclass(frozen=True)
class Worker:
    """A running worker.

    Attributes:
        task_arn: Of its ECS task.
        process: The worker itself, a child of its container's process 1.
        scratch: What stands for its scratch volume.
    """

    task_arn: str
    process: psutil.Process
    scratch: Path

    @property
    def tree(self) -> list[psutil.Process]:
        """The worker and what it runs, as ffmpeg."""
        try:
            return [self.process, *self.process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


class Environment:
    """The environment `chaos` of a project, deployed.

    Args:
        project: Its folder; the local cloud runs.
    """

    def __init__(self, project: Project) -> None:
        state = json.loads((project.workspace(NAME) / "terraform.tfstate").read_text())
        self.outputs: dict[str, Any] = {name: one["value"] for name, one in state["outputs"].items()}
        self.cloud = CloudFolder(project.root)
        endpoint = local.status(project.root).endpoint
        assert endpoint is not None
        self.endpoint = endpoint
        self._clients = {service: make_client(service, endpoint) for service in SERVICES}

    def client(self, service: str) -> Any:
        """A client of the control plane itself, for one of `SERVICES`. Threads may share it."""
        return self._clients[service]

    def secret(self, output: str) -> str:
        """The current value of the secret whose ARN is an output."""
        return str(self.client("secretsmanager").get_secret_value(SecretId=self.outputs[output])["SecretString"])

    @contextmanager
    def database(self) -> Iterator[psycopg.Connection[DictRow]]:
        """A connection of the superuser in autocommit, by the socket in the server's data folder.

        Raises:
            psycopg.OperationalError: The server does not answer.
        """
        (listener,) = Registry(self.cloud.path / "databases.json").read().values()
        # The path of a socket is at most 107 bytes long, a project's folder can be longer.
        folder = os.open(self._data(), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with psycopg.connect(
                host=f"/proc/self/fd/{folder}",
                port=listener.port,
                user=BOOTSTRAP_USER,
                dbname=self.outputs["database_name"],
                connect_timeout=5,
                autocommit=True,
                row_factory=dict_row,
            ) as connection:
                yield connection
        finally:
            os.close(folder)

    def postmaster(self) -> psutil.Process | None:
        """PostgreSQL's first process; None while it does not run."""
        try:
            return psutil.Process(int((self._data() / "postmaster.pid").read_text().split()[0]))
        except (FileNotFoundError, psutil.NoSuchProcess):
            return None

    def containers(self) -> Iterator[tuple[str, Path, psutil.Process]]:
        """Process 1 of each container that runs, with the ARN of its task and the folder of its volumes."""
        for folder, record in recorded(tasks_folder(self.cloud.path)):
            try:
                if record is not None:
                    yield record.arn, folder.path / "volumes", psutil.Process(int(folder.pid.read_text()))
            except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
                continue

    def workers(self) -> list[Worker]:
        """The workers that run."""
        found = []
        for arn, volumes, first in self.containers():
            try:
                for process in first.children():
                    if process.cmdline()[1:] == ["-m", "lib.worker", "worker"]:
                        found.append(Worker(arn, process, volumes / "scratch"))
            except psutil.NoSuchProcess:
                continue
        return found

    def worker_called(self, name: str) -> Worker | None:
        """The worker that names itself so in leases: `worker:HOST:PID`."""
        pid = re.fullmatch(r"worker:.*:(\d+)", name)
        return next((one for one in self.workers() if pid and one.process.pid == int(pid[1])), None)

    def parts(self) -> dict[str, psutil.Process]:
        """The running parts of the local cloud by name, as `pipes-us-east-1`."""
        record = self.cloud.read()
        parts = {part.name: find(part.process) for part in record.parts} if record else {}
        return {name: process for name, process in parts.items() if process is not None}

    def _data(self) -> Path:
        (folder,) = (path for path in (self.cloud.path / "databases").glob("cluster-*") if path.suffix == "")
        return folder


def make_client(service: str, endpoint: str) -> Any:
    """A boto3 client of one endpoint."""
    session: Any = boto3.Session("local", "local", region_name="us-east-1")
    return session.client(service, endpoint_url=endpoint, config=_PATIENT)


def prepare(project: Project) -> None:
    """Puts the profile beside those of the project, and deploys it.

    Raises:
        RuntimeError: The deployment failed.
    """
    (project.root / "configs" / f"{NAME}.yaml").write_bytes(PROFILE.read_bytes())
    done = project.streamflix("deploy", "--env", NAME, "--yes", "--json")
    if done.code != 0:
        raise RuntimeError(f"The environment could not be deployed:\n{done.err}\n{done.out}")
