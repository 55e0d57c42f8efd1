"""cdktf-cli, from npm."""

import os
import sys
from pathlib import Path

from streamflix_cli.npm import NpmProgram

CDKTF_CLI = NpmProgram(
    title="cdktf-cli",
    folder="cdktf-cli",
    version="0.21.0",
    manifest=Path(__file__).parent,
    entry="cdktf-cli/bundle/bin/cdktf",
    megabytes=400,
    failed="CDKTF_INSTALL_FAILED",
    extra="deploy",
)


def install_cdktf() -> Path:
    """Returns the path of cdktf-cli's entry point, after installing it if need be (about 20 s).

    Raises:
        StreamflixError: `CDKTF_INSTALL_FAILED`, `NODE_MISSING`.
    """
    return CDKTF_CLI.install(_base())


def _base() -> Path:
    """Inside this Python installation if it can be written, else in the user's data folder."""
    if os.access(sys.prefix, os.W_OK):
        return Path(sys.prefix) / "share" / "streamflix"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "streamflix"
