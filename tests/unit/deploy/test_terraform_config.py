"""Where the AWS provider is installed from."""

import json
from pathlib import Path

import pytest

from lib.cdk import App, AwsProvider, TerraformStack
from streamflix_cli.deploy import terraform_config
from streamflix_cli.deploy.terraform_config import PROVIDER, PROVIDER_VERSION, cli_configuration
from streamflix_cli.errors import StreamflixError

HOST = "mirror.example"


@pytest.fixture
def nothing_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without any setting or mirror."""
    for name in ("STREAMFLIX_PROVIDER_MIRROR", "TF_CLI_CONFIG_FILE", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "data"))
    monkeypatch.setattr(terraform_config, "PACKAGES", tmp_path / "opt")
    monkeypatch.setattr(terraform_config, "_platform", lambda: "linux_amd64")


def mirror(folder: Path, *, packed: bool = False) -> Path:
    provider = folder / HOST / PROVIDER
    if packed:
        provider.mkdir(parents=True)
        (provider / f"terraform-provider-aws_{PROVIDER_VERSION}_linux_amd64.zip").touch()
    else:
        (provider / PROVIDER_VERSION / "linux_amd64").mkdir(parents=True)
    return folder


@pytest.mark.usefixtures("nothing_found")
def test_without_a_mirror_terraform_downloads(tmp_path: Path) -> None:
    written = cli_configuration(tmp_path / "terraform.rc").read_text()
    assert "direct {}" in written
    assert "filesystem_mirror" not in written


@pytest.mark.usefixtures("nothing_found")
@pytest.mark.parametrize("place", ["home/.terraform.d/plugins", "data/terraform/plugins", "opt/anything"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_mirror_in_a_usual_place_is_used_for_that_provider_alone(tmp_path: Path, place: str, packed: bool) -> None:
    found = mirror(tmp_path / place, packed=packed)
    written = cli_configuration(tmp_path / "terraform.rc").read_text()
    assert f'path    = "{found}"' in written
    assert f'include = ["{HOST}/hashicorp/aws"]' in written
    assert f'exclude = ["{HOST}/hashicorp/aws"]' in written


@pytest.mark.usefixtures("nothing_found")
def test_a_mirror_of_another_version_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "opt" / "x" / HOST / PROVIDER / "4.0.0" / "linux_amd64").mkdir(parents=True)
    assert "filesystem_mirror" not in cli_configuration(tmp_path / "terraform.rc").read_text()


@pytest.mark.usefixtures("nothing_found")
def test_an_explicit_mirror_comes_before_the_users_own_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.tfrc"
    own.touch()
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(own))
    mirror(tmp_path / "opt" / "other")
    assert cli_configuration(tmp_path / "terraform.rc") == own

    explicit = mirror(tmp_path / "explicit")
    monkeypatch.setenv("STREAMFLIX_PROVIDER_MIRROR", str(explicit))
    assert str(explicit) in cli_configuration(tmp_path / "terraform.rc").read_text()


@pytest.mark.usefixtures("nothing_found")
def test_a_configuration_file_that_does_not_exist_is_no_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "missing"))
    assert cli_configuration(tmp_path / "terraform.rc") == tmp_path / "terraform.rc"


@pytest.mark.usefixtures("nothing_found")
def test_an_explicit_mirror_without_the_provider_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMFLIX_PROVIDER_MIRROR", str(tmp_path))
    with pytest.raises(StreamflixError) as refused:
        cli_configuration(tmp_path / "terraform.rc")
    assert refused.value.code == "PROVIDER_MIRROR_UNUSABLE"
    assert "terraform providers mirror" in refused.value.hint


def test_the_version_searched_for_is_the_one_that_the_bindings_require(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    stack = TerraformStack(app, "probe")
    AwsProvider(stack, "aws", region="us-east-1")
    app.synth()
    document = json.loads((tmp_path / "stacks" / "probe" / "cdk.tf.json").read_text())
    assert document["terraform"]["required_providers"]["aws"]["version"] == PROVIDER_VERSION
