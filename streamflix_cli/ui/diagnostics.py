"""How diagnostics are shown: as text with snippets, or as GitHub's workflow commands."""

import os

import typer

from streamflix_cli.profiles.checking import Report
from streamflix_cli.profiles.diagnostics import Diagnostic


def as_text(report: Report) -> str:
    """Every diagnostic with its snippet; where there is no error to do so, a last line sums up."""
    return "\n\n".join([*map(_coloured, report.diagnostics), *_closing(report)])


def as_github(report: Report) -> str:
    """Workflow commands, which GitHub shows at the line in the pull request, and the summary likewise."""
    return "\n".join([*map(_command, report.diagnostics), *_closing(report)])


def _closing(report: Report) -> list[str]:
    return [] if report.count("error") else [summary(report)]


def summary(report: Report) -> str:
    """As `1 error, 2 warnings in 6 profiles.`"""
    where = _number(len(report.files), "profile")
    counts = [_number(report.count(severity), severity) for severity in ("error", "warning") if report.count(severity)]
    return f"{', '.join(counts)} in {where}." if counts else f"{where} valid."


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _coloured(one: Diagnostic) -> str:
    if os.environ.get("NO_COLOR"):
        return one.describe()
    colour = "red" if one.severity == "error" else "yellow"
    head, *rest = one.describe().split("\n")
    place, _, message = head.partition(f" {one.severity} ")
    head = f"{typer.style(place, bold=True)} {typer.style(one.severity, fg=colour, bold=True)} {message}"
    if one.text:
        rest[1] = typer.style(rest[1], fg=colour)
    return "\n".join([head, *rest])


def _command(one: Diagnostic) -> str:
    message = f"{one.message} {one.suggestion}" if one.suggestion else one.message
    place = f"file={_property(one.file)},line={one.line},col={one.column}"
    return f"::{one.severity} {place},title={one.rule}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
