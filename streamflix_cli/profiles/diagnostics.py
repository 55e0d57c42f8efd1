"""What is wrong with a profile, and where: the currency of everything that reads profiles."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Severity = Literal["error", "warning"]


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
            message=_printable(message),
            suggestion=suggestion and _printable(suggestion),
            text=position.text,
            width=position.width,
        )

    def describe(self) -> str:
        """Where, what, the line with a caret under it (if there is such a line), and the suggestion."""
        gutter = f"{self.line:>5} | "
        # Tabs are kept so that the caret stands under the same column as in the line above it.
        indent = "".join("\t" if character == "\t" else " " for character in self.text[: self.column - 1])
        lines = [f"{self.file}:{self.line}:{self.column}: {self.severity} {self.rule}: {self.message}"]
        if self.text:
            lines += [f"{gutter}{self.text}", f"{' ' * (len(gutter) - 2)}| {indent}{'^' * self.width}"]
        if self.suggestion:
            lines.append(f"{' ' * (len(gutter) - 2)}= {self.suggestion}")
        return "\n".join(lines)


def _printable(text: str) -> str:
    """Escapes what a quoted value may hold and a terminal would obey or could not show."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class ProfileFaultError(Exception):
    """A file could not be read as a profile at all; carries the diagnostic that says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic
