"""The installed `streamflix` in a project folder of its own, with a local cloud of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest

from streamflix_cli import local
from tests.finished import Finished

REPOSITORY = Path(__file__).parents[2]
STREAMFLIX = Path(sys.executable).parent / "streamflix"


@dataclass(frozen=True)
class Project:
    """A folder with the shipped profiles."""

    root: Path
    environment: dict[str, str] = field(repr=False)

    def streamflix(self, *arguments: str) -> Finished:
        """Runs the command to its end, without a terminal."""
        done = subprocess.run(
            [STREAMFLIX, *arguments],
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    def workspace(self, suffix: str) -> Path:
        """The folder of an environment on the local cloud."""
        return self.root / ".streamflix" / "local" / suffix

    def client(self, service: str) -> Any:
        """A boto3 client of the project's local cloud."""
        endpoint = local.status(self.root).endpoint
        assert endpoint is not None
        session: Any = boto3.Session("x", "x", region_name="us-east-1")
        return session.client(service, endpoint_url=endpoint)


def new_project(root: Path) -> Project:
    """A project folder without anything deployed; whoever makes it ends its local cloud."""
    shutil.copytree(REPOSITORY / "configs", root / "configs")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "STREAMFLIX_"))}
    return Project(root, inherited)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    yield new_project(tmp_path)
    local.down(tmp_path)
