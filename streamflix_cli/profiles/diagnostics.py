"""What is wrong with a profile, and where: the currency of everything that reads profiles."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Severity = Literal["error", "warning"]
MESSAGE_CHARACTERS = 400
SNIPPET_CHARACTERS = 160
"""Shown of a line: it may be as long as the file."""


@dataclass(frozen=True, slots=True)
class Source:
    """A profile's file as it was read.

    Args:
        path: Where it lies, as it should be shown to the user.
        lines: Its text, by line, without line breaks.
    """

    path: Path
    lines: tuple[str, ...]

    def at(self, line: int, column: int, width: int = 1) -> "Position":
        """A position from zero-based marks, kept inside the file: a parser may point behind its end."""
        line = min(max(line, 0), max(len(self.lines) - 1, 0))
        length = len(self.lines[line]) if self.lines else 0
        column = min(max(column, 0), length)
        return Position(self, line + 1, column + 1, max(1, min(width, length - column)))


@dataclass(frozen=True, slots=True)
class Position:
    """A piece of one line: `line` and `column` count from 1, `width` in characters."""

    source: Source
    line: int
    column: int
    width: int = 1

    @property
    def text(self) -> str:
        """The whole line."""
        return self.source.lines[self.line - 1] if self.source.lines else ""

    def __str__(self) -> str:
        return f"{self.source.path}:{self.line}:{self.column}"


class Diagnostic(BaseModel):
    """One finding. `rule` is stable: SFX1xx the file, SFX2xx a field, SFX3xx fields together, SFX4xx files together."""

    model_config = ConfigDict(frozen=True)

    rule: str
    severity: Severity
    file: str
    line: int
    column: int
    message: str
    suggestion: str | None = None
    text: str = Field("", exclude=True)
    width: int = Field(1, exclude=True)

    @classmethod
    def at(
        cls,
        position: Position,
        rule: str,
        message: str,
        *,
        suggestion: str | None = None,
        severity: Severity = "error",
    ) -> "Diagnostic":
        """A finding at a position, with the line for its snippet."""
        return cls(
            rule=rule,
            severity=severity,
            file=str(position.source.path),
            line=position.line,
            column=position.column,
            message=_told(message),
            suggestion=suggestion and _told(suggestion),
            text=position.text,
            width=position.width,
        )

    def describe(self) -> str:
        """Where, what, the line with a caret under it (if there is such a line), and the suggestion."""
        gutter = f"{self.line:>5} | "
        text, column = self._snippet()
        # Tabs are kept so that the caret stands under the same column as in the line above it.
        indent = "".join("\t" if character == "\t" else " " for character in text[:column])
        lines = [f"{self.file}:{self.line}:{self.column}: {self.severity} {self.rule}: {self.message}"]
        if text:
            caret = "^" * max(1, min(self.width, len(text) - column))
            lines += [f"{gutter}{text}", f"{' ' * (len(gutter) - 2)}| {indent}{caret}"]
        if self.suggestion:
            lines.append(f"{' ' * (len(gutter) - 2)}= {self.suggestion}")
        return "\n".join(lines)

    def _snippet(self) -> tuple[str, int]:
        """As much of the line as is shown, and where in it the finding stands, counted from 0."""
        at = self.column - 1
        begin = max(0, min(at - SNIPPET_CHARACTERS // 2, len(self.text) - SNIPPET_CHARACTERS))
        text = self.text[begin : begin + SNIPPET_CHARACTERS]
        shown = "".join(character if character.isprintable() or character == "\t" else "\ufffd" for character in text)
        return shown, at - begin


def _told(text: str) -> str:
    """Escapes what a quoted value may hold and a terminal would obey or could not show, and leaves out what is long."""
    if len(text) > MESSAGE_CHARACTERS:
        text = f"{text[: MESSAGE_CHARACTERS // 2]}…{text[-MESSAGE_CHARACTERS // 2 :]}"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class ProfileFaultError(Exception):
    """A file could not be read as a profile at all; carries the diagnostic that says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic
