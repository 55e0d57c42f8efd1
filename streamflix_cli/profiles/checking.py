"""What `validate-config` does: check files, and the profiles that inherit from them."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel

from streamflix_cli.errors import EXIT_USAGE, StreamflixError
from streamflix_cli.profiles.catalogue import Catalogue
from streamflix_cli.profiles.diagnostics import Diagnostic
from streamflix_cli.profiles.inheritance import shown
from streamflix_cli.project import CONFIGS, find_root


class Report(BaseModel):
    """The files that were validated and what was found in them and in their parents."""

    files: list[str]
    diagnostics: list[Diagnostic]

    def count(self, severity: str) -> int:
        """How many diagnostics have this severity."""
        return sum(one.severity == severity for one in self.diagnostics)


def check(paths: Sequence[Path]) -> Report:
    """Validates profiles.

    Args:
        paths: Files or folders; empty for all of `configs/`. Profiles that inherit from one of the files are
            validated as well.

    Raises:
        StreamflixError: `PROJECT_NOT_FOUND` if there is nothing to validate.
    """
    if not paths:
        paths = [find_root() / CONFIGS]
    files: list[Path] = []
    found: list[Diagnostic] = []
    for folder, members in _by_folder(paths).items():
        catalogue = Catalogue(folder)
        checked = [catalogue.get(name) for name in catalogue.affected_by(members)]
        checked += [catalogue.check(path) for path in members if path not in {one.path for one in checked}]
        files += [one.path for one in checked]
        found += [diagnostic for one in checked for diagnostic in one.diagnostics]
        found += catalogue.together()
    if not files:
        raise StreamflixError(
            "PROJECT_NOT_FOUND",
            f"No profile in {', '.join(str(shown(path)) for path in paths)}.",
            hint=f"Write one, as {CONFIGS}/dev.yaml.",
            exit_code=EXIT_USAGE,
        )
    # What a parent says wrong is found again in every child.
    once = {(one.rule, one.file, one.line, one.column, one.message): one for one in found}
    ordered = sorted(once.values(), key=lambda one: (one.file, one.line, one.column, one.rule))
    return Report(files=sorted(str(shown(path)) for path in files), diagnostics=ordered)


def _by_folder(paths: Iterable[Path]) -> dict[Path, list[Path]]:
    folders: dict[Path, list[Path]] = {}
    for path in paths:
        absolute = path.absolute()
        if absolute.is_dir():
            folders.setdefault(absolute, []).extend(sorted(absolute.glob("*.yaml")))
        else:
            folders.setdefault(absolute.parent, []).append(absolute)
    return folders
