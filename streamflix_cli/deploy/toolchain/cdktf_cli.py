"""cdktf-cli, installed by `npm ci` from the committed lock file into a private folder."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from streamflix_cli.deploy.toolchain.node import find_node
from streamflix_cli.errors import StreamflixError

VERSION = "0.21.0"
LOCK = "package-lock.json"
PACKAGE = Path(__file__).parent
INSTALL_SECONDS = 600


def install_cdktf() -> Path:
    """Returns the path of cdktf-cli's entry point, after installing it if need be (about 20 s).

    It is built beside its place and renamed into it, under a lock: an interrupted install leaves nothing
    behind that looks complete, and two at once are one.

    Raises:
        StreamflixError: `CDKTF_INSTALL_FAILED`, `NODE_MISSING`.
    """
    home = _base() / f"cdktf-cli-{VERSION}"
    if not _complete(home):
        node = find_node()
        try:
            home.parent.mkdir(parents=True, exist_ok=True)
            with (home.parent / "install.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not _complete(home):
                    _install(node, home)
        except OSError as error:
            raise _failed(f"{home}: {error.strerror or error}") from error
    return _entry(home)


def _base() -> Path:
    """Inside this Python installation if it can be written, else in the user's data folder."""
    if os.access(sys.prefix, os.W_OK):
        return Path(sys.prefix) / "share" / "streamflix"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "streamflix"


def _entry(home: Path) -> Path:
    return home / "node_modules" / "cdktf-cli" / "bundle" / "bin" / "cdktf"


def _complete(home: Path) -> bool:
    """The lock file is compared, so that a changed dependency is installed under the same version."""
    try:
        return _entry(home).is_file() and (home / LOCK).read_bytes() == (PACKAGE / LOCK).read_bytes()
    except OSError:
        return False


def _install(node: Path, home: Path) -> None:
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    building = Path(tempfile.mkdtemp(prefix="cdktf-cli-", dir=home.parent))
    try:
        for name in ("package.json", LOCK):
            shutil.copyfile(PACKAGE / name, building / name)
        done = subprocess.run(
            [node, npm, "ci", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=building,
            # Install scripts call `node` by name.
            env={**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=INSTALL_SECONDS,
            check=False,
        )
        if done.returncode != 0 or not _entry(building).is_file():
            raise _failed((done.stderr or done.stdout).strip()[-2000:])
        building.chmod(0o755)
        shutil.rmtree(home, ignore_errors=True)
        building.rename(home)
    except subprocess.TimeoutExpired as error:
        raise _failed(f"npm did not finish within {INSTALL_SECONDS} s") from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _failed(reason: str) -> StreamflixError:
    return StreamflixError(
        "CDKTF_INSTALL_FAILED",
        f"cdktf-cli {VERSION} could not be installed: {reason}",
        hint="Check that the npm registry can be reached (`npm_config_registry` and proxy settings are honoured) "
        "and that the disk has 400 MB free, then run the same command again.",
    )
