"""What is missing, forbidden or unreachable is a coded error with a next step, before anything is touched."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.integration.deploy.conftest import ACCOUNT, PROFILE, Clients, Project, existing

DIGEST = f"sha256:{'0' * 64}"


def expect(
    project: Project, code: str, *arguments: str, exit_code: int = 1, environment: Mapping[str, str] | None = None
) -> dict[str, str]:
    finished = project.streamflix(*arguments, "--json", environment=environment)
    assert finished.code == exit_code, finished.err
    assert finished.error["code"] == code, finished.out
    assert finished.error["hint"]
    assert "Traceback" not in finished.err
    return finished.error


def test_an_unknown_environment_lists_the_known_ones(project: Project) -> None:
    error = expect(project, "ENVIRONMENT_UNKNOWN", "deploy", "--env", "nope", exit_code=2)
    assert "t[0-9a-z]+" in error["message"]


def test_with_a_detailed_exit_code_every_error_is_one(project: Project) -> None:
    expect(project, "ENVIRONMENT_UNKNOWN", "plan", "--env", "nope", "--detailed-exitcode")
    expect(project, "USAGE", "plan", "--env", "t1", "--detailed-exitcode", "--no-such-option")


def test_without_credentials_nothing_begins(project: Project) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del project.environment[name]
    project.environment["HOME"] = str(project.root)
    expect(project, "NO_CREDENTIALS", "plan", "--env", "t1")


def test_an_endpoint_that_does_not_answer_is_named(project: Project) -> None:
    error = expect(
        project, "AWS_UNREACHABLE", "plan", "--env", "t1", environment={"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    )
    assert "127.0.0.1:9" in error["message"]


def test_another_account_than_the_profiles_is_refused(project: Project) -> None:
    project.profile("t", f'{PROFILE}aws: {{account_id: "999999999999"}}\n')
    error = expect(project, "WRONG_ACCOUNT", "deploy", "--env", "t1", "--yes")
    assert "123456789012" in error["message"]
    assert "999999999999" in error["message"]


def test_a_deploy_without_its_image_is_refused_before_anything_is_applied(project: Project, aws: Clients) -> None:
    image = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/streamflix@{DIGEST}"
    project.profile("t", PROFILE.replace("registry.example/worker:1", image))
    expect(project, "IMAGE_MISSING", "deploy", "--env", "timage", "--yes")
    aws("ecr").create_repository(repositoryName="streamflix")
    expect(project, "IMAGE_MISSING", "deploy", "--env", "timage", "--yes")
    project.profile("t", PROFILE.replace('image: "registry.example/worker:1", ', ""))
    expect(project, "IMAGE_MISSING", "deploy", "--env", "timage", "--yes")
    assert existing(aws, "timage") == set()


def test_a_confirmation_that_cannot_be_asked_for_names_the_flag(project: Project, aws: Clients) -> None:
    error = expect(project, "CONFIRMATION_REQUIRED", "deploy", "--env", "tconfirm", exit_code=3)
    assert "--yes" in error["hint"]
    assert existing(aws, "tconfirm") == set()


def test_a_protected_environment_is_refused_whatever_the_flags_and_the_tools(project: Project) -> None:
    image = f"registry.example/worker@{DIGEST}"
    place = f'{{region: eu-west-1, account_id: "{ACCOUNT}"}}'
    protected = f"environment: {{protected: true}}\naws: {place}\nprocessing: {{image: {image}}}\n"
    project.profile("safe", protected)
    flags = ("--yes", "--confirm", "safe", "--sweep")
    expect(
        project,
        "PROTECTED",
        "destroy",
        "--env",
        "safe",
        *flags,
        exit_code=3,
        environment={"PATH": "/nowhere"},
    )


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (lambda folder: {"PATH": str(folder)}, "TERRAFORM_MISSING"),
        (lambda folder: {"TERRAFORM_BINARY_NAME": str(folder / "none")}, "TERRAFORM_MISSING"),
        (lambda folder: {"STREAMFLIX_PROVIDER_MIRROR": str(folder)}, "PROVIDER_MIRROR_UNUSABLE"),
    ],
)
def test_a_missing_tool_is_named(
    project: Project, tmp_path: Path, prepare: Callable[[Path], dict[str, str]], code: str
) -> None:
    expect(project, code, "plan", "--env", "t1", environment=prepare(tmp_path))


def test_a_provider_that_cannot_be_had_is_explained(project: Project, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    config = tmp_path / "mine.tfrc"
    config.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{empty}"\n  }}\n}}\n')
    error = expect(project, "PLAN_FAILED", "plan", "--env", "t1", environment={"TF_CLI_CONFIG_FILE": str(config)})
    assert "STREAMFLIX_PROVIDER_MIRROR" in error["hint"]


def test_destroying_what_is_not_deployed_proves_that_nothing_is_there(project: Project) -> None:
    finished = project.streamflix("destroy", "--env", "tnever", "--json")
    assert finished.code == 0, finished.err
    assert finished.data["destroyed"] == 0
    assert finished.data["leftovers"] == []
