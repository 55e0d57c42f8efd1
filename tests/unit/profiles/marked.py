"""Profiles with a mark where a diagnostic is expected: `§` stands before the offending character."""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

from streamflix_cli.profiles.checking import Report, check
from streamflix_cli.profiles.diagnostics import Diagnostic

MARK = "§"
Place = tuple[str, int, int]


def write(folder: Path, files: dict[str, str]) -> list[Place]:
    """Writes `configs/NAME.yaml` without marks; returns (file, line, column) of each mark."""
    marks: list[Place] = []
    (folder / "configs").mkdir(exist_ok=True)
    for name, text in files.items():
        for number, line in enumerate(text.split("\n"), start=1):
            *before, _ = line.split(MARK)
            ends = accumulate(map(len, before))
            marks += [(f"configs/{name}.yaml", number, end + 1) for end in ends]
        (folder / "configs" / f"{name}.yaml").write_text(text.replace(MARK, ""), encoding="utf-8")
    return marks


def place(one: Diagnostic) -> Place:
    return (one.file, one.line, one.column)


def found(report: Report) -> list[tuple[str, Place]]:
    return [(one.rule, place(one)) for one in report.diagnostics]


def check_files(folder: Path, files: dict[str, str], paths: Sequence[str] = ()) -> tuple[Report, list[Place]]:
    """Writes the files and validates them; the current folder must be `folder`."""
    marks = write(folder, files)
    return check([Path(path) for path in paths]), marks
