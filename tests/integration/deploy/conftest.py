"""A project folder with small profiles, deployed to a control plane that takes AWS's place."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

import boto3
import psutil
import pytest

from tests.control_plane import serving
from tests.finished import Finished

REPOSITORY = Path(__file__).parents[3]
ACCOUNT = "123456789012"
REGION = "us-east-1"
Clients = Callable[[str], Any]
"""`aws("sqs")`: a boto3 client of the control plane."""
PROVIDER = "terraform-provider"
PROFILE = """\
match: "t[0-9a-z]+"
environment: {ephemeral: true}
processing: {image: "registry.example/worker:1", lease_seconds: 60}
"""


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    with serving() as url:
        yield url


@pytest.fixture
def aws(endpoint: str) -> Clients:
    session = boto3.Session("x", "x", region_name=REGION)
    return partial(session.client, endpoint_url=endpoint)


@dataclass(frozen=True)
class Running:
    """A started `streamflix`."""

    process: subprocess.Popen[bytes]
    out: Path
    err: Path

    def wait_for(self, text: str, seconds: float = 400) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.err.read_text():
            assert self.process.poll() is None, self.err.read_text()
            assert time.monotonic() < deadline, f"no {text!r} in {self.err.read_text()!r}"
            time.sleep(0.05)

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def beneath(self, name: str = "") -> list[psutil.Process]:
        """The processes that it started, by the beginning of their name."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in children if child.name().startswith(name)]

    def terraform(self) -> psutil.Process:
        """The one Terraform at work."""
        return next(one for one in self.beneath("terraform") if one not in self.beneath(PROVIDER))

    def finish(self, seconds: float = 400) -> Finished:
        code = self.process.wait(seconds)
        return Finished(code, self.out.read_text(), self.err.read_text())


def _pipe_without_reader() -> IO[bytes]:
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "wb")


@dataclass
class Project:
    """A project folder and the environment in which `streamflix` runs there."""

    root: Path
    environment: dict[str, str]
    _runs: int = 0

    def profile(self, name: str, text: str) -> None:
        (self.root / "configs" / f"{name}.yaml").write_text(text)

    def start(
        self, *arguments: str, environment: Mapping[str, str] | None = None, stderr_to_nobody: bool = False
    ) -> Running:
        self._runs += 1
        out, err = (self.root / f"{self._runs}.{name}" for name in ("out", "err"))
        err.touch()
        with out.open("wb") as stdout, _pipe_without_reader() if stderr_to_nobody else err.open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.integration.deploy.small_stack", *arguments],
                cwd=self.root,
                env={**self.environment, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
            )
        return Running(process, out, err)

    def streamflix(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Finished:
        return self.start(*arguments, environment=environment).finish()

    def workspace(self, suffix: str) -> Path:
        return self.root / ".streamflix" / "aws" / suffix

    def known(self, suffix: str) -> set[str]:
        """Names of the queues, streams, topics and buckets that the state knows."""
        instances = [instance for one in self.state(suffix)["resources"] for instance in one["instances"]]
        return {one["attributes"].get("name") or one["attributes"]["bucket"] for one in instances}

    def state(self, suffix: str) -> dict[str, Any]:
        """The local backend's state."""
        state: dict[str, Any] = json.loads((self.workspace(suffix) / "terraform.tfstate").read_bytes())
        return state

    def forget(self, suffix: str, *types: str) -> None:
        """Takes every resource of some types out of the state, as if it had never learned of them."""
        state = self.state(suffix)
        state["resources"] = [one for one in state["resources"] if one["type"] not in types]
        (self.workspace(suffix) / "terraform.tfstate").write_text(json.dumps(state))


@pytest.fixture
def project(tmp_path: Path, endpoint: str) -> Project:
    return new_project(tmp_path, endpoint)


def new_project(root: Path, endpoint: str) -> Project:
    """A project folder with one profile, for environments whose names begin with `t`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "STREAMFLIX_"))}
    (root / "configs").mkdir()
    made = Project(
        root,
        {
            **inherited,
            "PYTHONPATH": str(REPOSITORY),
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_EC2_METADATA_DISABLED": "true",
        },
    )
    made.profile("t", PROFILE)
    return made


def existing(aws: Clients, suffix: str) -> set[str]:
    """Names of the queues, streams, topics and buckets of an environment that exist."""
    names = {url.rpartition("/")[2] for url in aws("sqs").list_queues().get("QueueUrls", [])}
    names |= set(aws("kinesis").list_streams()["StreamNames"])
    names |= {topic["TopicArn"].rpartition(":")[2] for topic in aws("sns").list_topics()["Topics"]}
    names |= {bucket["Name"] for bucket in aws("s3").list_buckets()["Buckets"]}
    return {name for name in names if f"-{suffix}" in name}
