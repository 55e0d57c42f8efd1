"""What the inspectors opened and connected to, as the kernel saw it (strace)."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

STRACE = shutil.which("strace")

_CALL = re.compile(r"(\d+) +(\w+)\((.*)")
_RESUMED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_BORN = re.compile(r"= (\d+)$")
_FORKS = {"clone", "clone3", "fork", "vfork"}
_NETWORK = {"socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "sendto", "sendmsg"}
_WRITES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC")
_CHANGES = re.compile(r"^(mkdir|rename|unlink|link|symlink|rmdir|chmod|fchmodat|chown|fchownat|truncate|mknod|utime)")


@dataclass
class Seen:
    """What the watched processes did.

    Attributes:
        programs: How many were started.
        paths: Every path that they named to the kernel.
        written: Calls that would write or change a file.
        network: Calls that would open or use a socket, those of the machine itself aside.
    """

    programs: int = 0
    paths: set[str] = field(default_factory=set)
    written: list[str] = field(default_factory=list)
    network: list[str] = field(default_factory=list)


def traced(command: Sequence[str], trace: Path) -> list[str]:
    """The command, watched."""
    assert STRACE is not None
    calls = "%file,%network,clone,clone3,fork,vfork"
    return [STRACE, "-f", "-qq", "-s", "4096", "-e", "signal=none", "-e", f"trace={calls}", "-o", str(trace), *command]


def seen(trace: Path, program: str) -> Seen:
    """Reads what the processes that run this program did, with their threads and children, from its start on."""
    found, watched = Seen(), set[str]()
    for line in trace.read_text(errors="replace").splitlines():
        call = _CALL.match(line) or _RESUMED.match(line)
        if call is None:
            continue
        pid, name, rest = call.groups()
        if name == "execve" and program in rest:
            watched.add(pid)
            found.programs += 1
        if pid not in watched:
            continue
        if name in _FORKS and (born := _BORN.search(rest)):
            watched.add(born[1])
        # Where no variable names the home folder, Python asks the machine's name service for it.
        if name in _NETWORK and "AF_UNIX" not in rest:
            found.network.append(line)
        if _CHANGES.match(name) or (name.startswith("open") and _WRITES.search(rest) and '"/dev/null"' not in rest):
            found.written.append(line)
        # A call that is resumed has named its path before; what it tells now is an answer.
        if not _RESUMED.match(line) and (path := _STRING.search(rest)):
            found.paths.add(path[1])
    return found
