"""A `streamflix` command that has ended."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Finished:
    """Its exit code, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What `logs --json` wrote: an object a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def envelope(self) -> dict[str, Any]:
        """The one object that `--json` writes."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def data(self) -> Any:
        """`data` of the envelope."""
        return self.envelope["data"]

    @property
    def error(self) -> dict[str, str]:
        """`error` of the envelope."""
        found: dict[str, str] = self.envelope["error"]
        return found
