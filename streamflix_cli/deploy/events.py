"""What cdktf and Terraform print, as typed events.

Each line begins with the stack's name or, where it continues a chunk of output, with as many spaces.
"""

import re
from dataclasses import dataclass
from typing import Literal

from streamflix_cli.deploy.workspace import STACK

Operation = Literal["create", "adopt", "update", "delete"]

_OPERATIONS: dict[str, Operation] = {
    "Creating": "create",
    "Creation": "create",
    "creating": "create",
    "Importing": "adopt",
    "Import": "adopt",
    "Modifying": "update",
    "Modifications": "update",
    "modifying": "update",
    "Destroying": "delete",
    "Destruction": "delete",
    "destroying": "delete",
}


@dataclass(frozen=True)
class Started:
    """Terraform began to work on a resource."""

    address: str
    operation: Operation


@dataclass(frozen=True)
class StillRunning:
    """Terraform still works on a resource; told every 10 s."""

    address: str
    operation: Operation
    elapsed: str


@dataclass(frozen=True)
class Finished:
    """A resource is done."""

    address: str
    operation: Operation
    elapsed: str


@dataclass(frozen=True)
class Diagnosed:
    """A whole error of Terraform.

    Attributes:
        text: Its lines, as Terraform wrote them, without the word `Error: `.
        address: The resource it is about, if it names one.
    """

    text: str
    address: str | None


@dataclass(frozen=True)
class Completed:
    """Terraform's closing counts."""

    added: int
    changed: int
    destroyed: int


Event = Started | StillRunning | Finished | Diagnosed | Completed

_ADDRESS = r"(?P<address>\S+)(?: \([^)]*\))?"
_STARTED = re.compile(rf"^{_ADDRESS}: (?P<verb>Creating|Importing|Modifying|Destroying)\.\.\.")
_STILL = re.compile(
    rf"^{_ADDRESS}: Still (?P<verb>creating|modifying|destroying)"
    r"\.\.\. \[(?:id=.*, )?(?P<elapsed>[0-9hms]+) elapsed\]"
)
_DONE = re.compile(rf"^{_ADDRESS}: (?P<verb>Creation|Modifications|Destruction) complete after (?P<elapsed>[0-9hms]+)")
_IMPORTED = re.compile(rf"^{_ADDRESS}: (?P<verb>Import) complete")
_COUNTS = re.compile(
    r"^(?:Apply|Destroy) complete! Resources: (?:\d+ imported, )?(?:(\d+) added, (\d+) changed, )?(\d+) destroyed\."
)
_WITH = re.compile(r"^\s+with ([^ ,]+)", re.MULTILINE)
_CDKTF_ENDING = re.compile(r"^(?:\d+ Stacks? deploying|Invoking Terraform CLI failed)")
_BOX = re.compile(r"^[│╷╵] ?")


class Parser:
    """Turns lines into events; an error is told once it is whole."""

    def __init__(self) -> None:
        self._error: list[str] | None = None
        self._blank = 0

    def feed(self, raw: str) -> list[Event]:
        """Returns the events that a line completes.

        Args:
            raw: One line of cdktf's output without its line ending.
        """
        line = _BOX.sub("", _without_prefix(raw.rstrip()))
        if line.startswith("Error: ") or _CDKTF_ENDING.match(line) or line.startswith("Warning: "):
            events = self.close()
            if line.startswith("Error: "):
                self._error = [line.removeprefix("Error: ")]
            return events
        if self._error is not None:
            self._blank = self._blank + 1 if not line else 0
            # One empty line separates paragraphs of an error, two end it.
            if self._blank < 2 and _progress(line) is None:
                self._error.append(line)
                return []
        event = _progress(line)
        return [*self.close(), *([event] if event else [])]

    def close(self) -> list[Event]:
        """Returns the error that was still open, if any."""
        lines, self._error, self._blank = self._error, None, 0
        if lines is None:
            return []
        text = "\n".join(lines).strip()
        address = _WITH.search(text)
        return [Diagnosed(text, address[1] if address else None)]


def _without_prefix(line: str) -> str:
    for prefix in (f"{STACK}  ", " " * (len(STACK) + 2)):
        if line.startswith(prefix):
            return line[len(prefix) :]
    return line


def _progress(line: str) -> Event | None:
    if match := _STARTED.match(line):
        return Started(match["address"], _OPERATIONS[match["verb"]])
    if match := _STILL.match(line):
        return StillRunning(match["address"], _OPERATIONS[match["verb"]], match["elapsed"])
    if match := _DONE.match(line):
        return Finished(match["address"], _OPERATIONS[match["verb"]], match["elapsed"])
    if match := _IMPORTED.match(line):
        return Finished(match["address"], _OPERATIONS[match["verb"]], "0s")
    if match := _COUNTS.match(line):
        return Completed(int(match[1] or 0), int(match[2] or 0), int(match[3]))
    return None
