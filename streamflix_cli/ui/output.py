"""The two streams of every command: results on stdout, everything else on stderr.

With `--json`, stdout carries exactly one envelope: `{"ok": true, "data": …, "warnings": […]}` or
`{"ok": false, "error": {"code", "message", "hint"}}`.
"""

import json
import sys
from collections.abc import Callable
from functools import cached_property
from typing import IO, TYPE_CHECKING, TypeVar, cast

import typer
from pydantic import BaseModel

from streamflix_cli.errors import StreamflixError
from streamflix_cli.ui.streams import VanishingStderr

if TYPE_CHECKING:
    from rich.console import Console

# Rich is imported by what draws with it: `validate-config` prints plain text and starts sooner without.
T = TypeVar("T", bound=BaseModel)


class Output:
    """Where a command writes.

    Attributes:
        as_json: Whether the user asked for the JSON envelope.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._warnings: list[str] = []

    @cached_property
    def out(self) -> "Console":
        """Console on stdout, for results."""
        from rich.console import Console  # noqa: PLC0415

        return Console(file=sys.stdout, highlight=False, emoji=False, soft_wrap=False)

    @cached_property
    def err(self) -> "Console":
        """Console on stderr, for progress, warnings and prompts."""
        from rich.console import Console  # noqa: PLC0415

        return Console(file=cast(IO[str], VanishingStderr()), highlight=False, emoji=False, soft_wrap=False)

    @property
    def interactive(self) -> bool:
        """Whether someone can answer a prompt: both stdin and stderr are terminals."""
        return sys.stdin.isatty() and self.err.is_terminal

    def note(self, message: str) -> None:
        """Tells what is going on (stderr)."""
        self.err.print(message, markup=False, soft_wrap=True)

    def warn(self, message: str) -> None:
        """Warns on stderr and remembers the warning for the envelope."""
        from rich.text import Text  # noqa: PLC0415

        self._warnings.append(message)
        self.err.print(Text.assemble(("warning: ", "yellow"), message), soft_wrap=True)

    def result(self, data: T, render: Callable[["Console", T], None]) -> None:
        """Prints a command's result: the envelope, or what `render` draws on stdout."""
        if self.as_json:
            self._envelope(data)
        else:
            render(self.out, data)

    def text(self, data: T, describe: Callable[[T], str]) -> None:
        """Prints a command's result: the envelope, or the text that `describe` makes of it, as it is."""
        if self.as_json:
            self._envelope(data)
        else:
            typer.echo(describe(data))  # drops colours where no terminal is

    def _envelope(self, data: BaseModel) -> None:
        envelope = {"ok": True, "data": data.model_dump(mode="json"), "warnings": self._warnings}
        print(json.dumps(envelope, ensure_ascii=False))


def show_error(error: StreamflixError, *, as_json: bool) -> None:
    """Prints an error: the envelope on stdout with `--json`, otherwise three short parts on stderr."""
    if as_json:
        envelope: dict[str, object] = {
            "ok": False,
            "error": {"code": error.code, "message": error.message, "hint": error.hint},
        }
        if error.data is not None:
            envelope["data"] = error.data.model_dump(mode="json") if isinstance(error.data, BaseModel) else error.data
        print(json.dumps(envelope, ensure_ascii=False))
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(file=cast(IO[str], VanishingStderr()), highlight=False, emoji=False)
    console.print(Text.assemble(("error ", "bold red"), (f"[{error.code}] ", "red"), error.message), soft_wrap=True)
    console.print(Text.assemble(("  next: ", "bold"), error.hint), soft_wrap=True)
