"""Fifty kills at random moments, of every process of a deploy and of a destroy. `make soak` runs them.

What each did is noted in `.streamflix/soak/`; `python -m tests.soak.report` makes the report of it.
"""

import json
import subprocess
from pathlib import Path
from typing import Literal

import boto3
import pytest

from lib.naming import Naming
from streamflix_cli import local
from streamflix_cli.deploy.adoption import unknown
from streamflix_cli.deploy.state import parse_state
from streamflix_cli.deploy.sweep import find_leftovers
from tests.e2e.conftest import STREAMFLIX, Project
from tests.finished import Finished
from tests.integration.deploy.conftest import ACCOUNT, REGION, new_project
from tests.integration.deploy.ill_treated import small_environment
from tests.integration.deploy.kills import NOBODY, Environment, Torment
from tests.soak.report import ROWS

SUFFIX = "pr8"
PLACES = {"local": "a file", "s3": "S3"}

pytestmark = pytest.mark.soak


def suffer(environment: Environment, stack: str, *, kills: int, seed: int, seconds: float) -> None:
    torment = Torment(environment, seed=seed, seconds=seconds)
    ROWS.mkdir(parents=True, exist_ok=True)
    with (ROWS / f"{stack.replace(' ', '-')}.jsonl").open("w") as rows:
        done = 0
        while done < kills:
            trial = torment.kill()
            done += trial.victim != NOBODY
            rows.write(json.dumps({"stack": stack, "seed": seed, **trial.row()}) + "\n")
            rows.flush()


@pytest.mark.parametrize(("backend", "kills", "seed"), [("local", 16, 11), ("s3", 15, 12)])
def test_kills_of_a_small_stack(
    tmp_path: Path, endpoint: str, backend: Literal["local", "s3"], kills: int, seed: int
) -> None:
    project = new_project(tmp_path, endpoint)
    environment = small_environment(project, f"tsoak{seed}", endpoint=endpoint, backend=backend)
    suffer(environment, f"small, state in {PLACES[backend]}", kills=kills, seed=seed, seconds=45)


def test_kills_of_a_stack_with_a_network(tmp_path: Path, endpoint: str) -> None:
    project = new_project(tmp_path, endpoint)
    environment = small_environment(project, "tsoakwide", endpoint=endpoint, backend="s3", wide=True)
    suffer(environment, f"with a network, state in {PLACES['s3']}", kills=15, seed=13, seconds=60)


def test_kills_of_the_whole_stack(project: Project) -> None:
    suffer(whole_environment(project), f"whole, state in {PLACES['local']}", kills=4, seed=14, seconds=150)


def whole_environment(project: Project) -> Environment:
    """The pipeline's own stack on a local cloud."""
    options = ("--env", SUFFIX, "--local", "--json")

    def start(command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [STREAMFLIX, command, *options, "--yes"],
            cwd=project.root,
            env=project.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def run(command: str, *more: str) -> Finished:
        agreed = () if command == "plan" else ("--yes",)
        return project.streamflix(command, *options, *agreed, *more)

    def beyond() -> list[str]:
        running = local.status(project.root).endpoint
        if running is None:
            return []
        path = project.workspace(SUFFIX) / "terraform.tfstate"
        found = find_leftovers(
            boto3.Session("x", "x", region_name=REGION),
            naming=Naming(SUFFIX),
            account_id=ACCOUNT,
            region=REGION,
            endpoint=running,
            settle_seconds=0,
        )
        known = parse_state(path.read_bytes() if path.exists() else b"")
        return [f"{one.type} {one.id}" for one in unknown(found, known)]

    return Environment(start=start, run=run, unknown=beyond)
