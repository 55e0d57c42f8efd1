"""The folder of one environment on one target: `.streamflix/TARGET/E/`."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from streamflix_cli.errors import StreamflixError

Target = Literal["aws", "local"]
FOLDER = ".streamflix"
STACK = "tap"
"""Name of the stack in CDKTF's output; every environment has an output folder of its own."""
KEPT_LOGS = 30


@dataclass(frozen=True)
class Workspace:
    """Where state, output, lock and logs of an environment lie.

    Attributes:
        root: The project's folder.
        target: `aws`, or `local` for the local cloud.
        suffix: The environment suffix.
    """

    root: Path
    target: Target
    suffix: str

    @property
    def folder(self) -> Path:
        """The environment's folder."""
        return self.root / FOLDER / self.target / self.suffix

    @property
    def state(self) -> Path:
        """Terraform's state, with the local backend."""
        return self.folder / "terraform.tfstate"

    @property
    def out(self) -> Path:
        """CDKTF's output, of this environment only: it removes what one synthesis did not write."""
        return self.folder / "out"

    @property
    def stack(self) -> Path:
        """Terraform's working folder: the synthesized JSON, the plan, the installed provider."""
        return self.out / "stacks" / STACK

    @property
    def lock(self) -> Path:
        """Held by the one run on this environment on this machine."""
        return self.folder / "lock"

    @property
    def logs(self) -> Path:
        """The whole logs of the last runs."""
        return self.folder / "logs"

    @property
    def has_deployed(self) -> bool:
        """Whether a deploy was begun from here, or may have been: the oldest logs are not kept."""
        logs = list(self.logs.glob("*.log"))
        return self.state.exists() or len(logs) >= KEPT_LOGS or any(log.name.endswith("-deploy.log") for log in logs)

    @property
    def unsaved_state(self) -> Path:
        """Where Terraform leaves a state that it could not store."""
        return self.stack / "errored.tfstate"

    def prepare(self) -> None:
        """Makes the folders.

        Raises:
            StreamflixError: `WORKSPACE_UNUSABLE`.
        """
        try:
            for folder in (self.out, self.logs):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unusable(self.folder, error) from error

    def new_log(self, command: str) -> Path:
        """Returns the path for the log of a run that starts now, and removes the oldest logs."""
        for old in sorted(self.logs.glob("*.log"))[: -KEPT_LOGS + 1]:
            old.unlink(missing_ok=True)
        return self.logs / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{command}.log"


def unusable(path: Path, error: OSError) -> StreamflixError:
    """The error for a folder or file of the workspace that cannot be written."""
    return StreamflixError(
        "WORKSPACE_UNUSABLE",
        f"Cannot write {path}: {error.strerror or error}.",
        hint="Free some space or correct the folder's permissions, then run the same command again.",
    )


def deployed_environments(root: Path) -> list[str]:
    """Returns the suffixes whose state on this machine holds resources, sorted, over all targets."""
    found = set()
    for state in (root / FOLDER).glob("*/*/terraform.tfstate"):
        try:
            if json.loads(state.read_bytes()).get("resources"):
                found.add(state.parent.name)
        except (OSError, ValueError, AttributeError):
            found.add(state.parent.name)  # unreadable, but something was deployed: a run on it says what is wrong
    return sorted(found)
