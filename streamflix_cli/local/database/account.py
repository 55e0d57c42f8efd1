"""The operating system's account under which PostgreSQL runs.

PostgreSQL refuses to run as root. There it runs as `nobody`, which may not be able to enter the project's
folder: so the server's working directory is its data folder, which is set before the rights are given up, and
which `HERE` names without going through the folders above it.
"""

import os
import pwd
from pathlib import Path

UNPRIVILEGED = "nobody"
HERE = "/proc/self/cwd"


def is_root() -> bool:
    """Whether this process has to give up its rights for PostgreSQL."""
    return os.geteuid() == 0


def confined(*command: str | Path) -> list[str]:
    """The command, run without rights that PostgreSQL does not need, and ended with this process.

    However this process ends, the kernel sends the command SIGINT: PostgreSQL's fast shutdown. So no server
    outlives the local cloud.
    """
    identity = ("--reuid", UNPRIVILEGED, "--regid", str(_gid()), "--clear-groups") if is_root() else ()
    return ["setpriv", "--pdeathsig", "INT", "--no-new-privs", *identity, "--", *map(str, command)]


def own(path: Path) -> None:
    """Gives a folder to PostgreSQL's account, and to nobody else."""
    path.chmod(0o700)
    if is_root():
        os.chown(path, pwd.getpwnam(UNPRIVILEGED).pw_uid, _gid())


def write_private(path: Path, content: bytes) -> None:
    """Writes a file that only PostgreSQL's account can read.

    The folder belongs to that account, so a link in the file's place is not followed.
    """
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        if is_root():
            os.fchown(descriptor, pwd.getpwnam(UNPRIVILEGED).pw_uid, _gid())
        file.write(content)


def can_enter(path: Path) -> bool:
    """Whether PostgreSQL's account reaches what lies in this folder."""
    resolved = path.resolve()
    return not is_root() or all(folder.stat().st_mode & 0o001 for folder in (resolved, *resolved.parents))


def _gid() -> int:
    return pwd.getpwnam(UNPRIVILEGED).pw_gid
