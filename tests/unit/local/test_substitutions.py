"""The list of what is other on this machine than on Fargate. Whoever adds to it changes this file too."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from streamflix_cli.local.ecs import substitutions
from streamflix_cli.local.ecs.substitutions import DatabaseServer

HOME = Path("/cloud/task/home")
SCRATCH = Path("/cloud/task/scratch")
SERVER = DatabaseServer(address="127.1.2.3", authority="/ca.pem")
IMAGE = {"PATH", "LANG", "TZ", "HOME"}
SERVICES = {"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ECS_AGENT_URI"}
DATABASE = {"PGHOSTADDR", "PGSSLROOTCERT"}


@pytest.fixture(scope="module", autouse=True)
def ordinary_trust() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SSL_CERT_FILE", raising=False)
        yield


def environment(deployed: dict[str, str], database: DatabaseServer | None = SERVER) -> dict[str, str]:
    return substitutions.environment(
        deployed,
        home=HOME,
        endpoint="http://127.0.0.1:1",
        agent_uri="http://127.0.0.1:2/api/t",
        database=database,
        volumes={"/scratch": SCRATCH},
    )


def test_these_variables_are_set_and_no_others() -> None:
    assert environment({}, database=None).keys() == IMAGE | SERVICES
    assert environment({}).keys() == IMAGE | SERVICES | DATABASE
    assert environment({})["PGHOSTADDR"] == "127.1.2.3"


names = st.text("ABC_", min_size=1, max_size=8)


@given(st.dictionaries(names, st.text(max_size=20).filter(lambda value: not value.startswith("/scratch"))))
def test_what_is_deployed_is_what_a_task_is_told(deployed: dict[str, str]) -> None:
    told = environment(deployed)
    assert {name: told[name] for name in deployed} == deployed


@given(st.sampled_from(sorted(SERVICES | DATABASE)), st.text(max_size=20))
def test_no_deployed_value_leads_a_task_out_of_the_local_cloud(name: str, value: str) -> None:
    assert environment({name: value}) == environment({})


def test_what_the_task_definition_says_of_the_image_counts() -> None:
    assert environment({"TZ": "Europe/Vienna"})["TZ"] == "Europe/Vienna"


@pytest.mark.parametrize(
    ("deployed", "local"),
    [
        ("/scratch", "/cloud/task/scratch"),
        ("/scratch/a/b", "/cloud/task/scratch/a/b"),
        ("/scratchy", "/scratchy"),
        ("s3:///scratch", "s3:///scratch"),
    ],
)
def test_paths_of_a_volume_lead_to_its_folder(deployed: str, local: str) -> None:
    assert environment({"PLACE": deployed})["PLACE"] == local


def test_only_the_interpreter_of_a_command_is_replaced() -> None:
    assert substitutions.command(["python", "-m", "lib.worker", "python"]) == [
        sys.executable,
        "-m",
        "lib.worker",
        "python",
    ]
    assert substitutions.command(["ffmpeg", "-version"]) == ["ffmpeg", "-version"]


def test_nothing_of_the_agents_environment_is_passed_on_but_path_and_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("STREAMFLIX_LOCAL_CLOUD", "/cloud")
    monkeypatch.setenv("SSL_CERT_FILE", "/trusted.pem")
    told = environment({})
    assert told["PATH"] == os.environ["PATH"]
    assert told["SSL_CERT_FILE"] == "/trusted.pem"
    assert not {"AWS_PROFILE", "STREAMFLIX_LOCAL_CLOUD"} & told.keys()
