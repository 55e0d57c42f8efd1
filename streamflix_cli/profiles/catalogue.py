"""All profiles of one folder: each validated, and all of them together."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lib.profile import SUFFIX_MAX_LENGTH, SUFFIX_PATTERN, Profile
from streamflix_cli.profiles.diagnostics import Diagnostic, Position, ProfileFaultError, Source
from streamflix_cli.profiles.inheritance import MATCH, Folder, Merged, shown
from streamflix_cli.profiles.validation import validate, walk

PARENT_ONLY = "base"
"""The profile that others extend. It is validated, but no environment has this name."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One profile, as far as it could be read.

    Args:
        name: The file's name without `.yaml`.
        path: The file.
        merged: It over its parents; None if a file could not be read.
        pattern: The compiled `match`, if it has a valid one.
        profile: The validated profile; None if there are errors.
        diagnostics: Everything found, parents included.
    """

    name: str
    path: Path
    merged: Merged | None
    pattern: re.Pattern[str] | None
    profile: Profile | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def valid(self) -> bool:
        """Whether the profile can be used."""
        return self.profile is not None and not any(one.severity == "error" for one in self.diagnostics)


class Catalogue:
    """The profiles of one folder, each validated once and only when asked for.

    Args:
        folder: A folder of `NAME.yaml` files.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Folder(folder)
        self._checked: dict[str, Checked] = {}

    def names(self) -> list[str]:
        """Names of all profiles, sorted."""
        return self.folder.names()

    def get(self, name: str) -> Checked:
        """The profile called `name`, validated by itself."""
        if name not in self._checked:
            self._checked[name] = self.check(self.folder.file(name))
        return self._checked[name]

    def environments(self) -> list[str]:
        """Names that are environments: neither parents only nor patterns."""
        return [name for name in self.names() if name != PARENT_ONLY and not self._has_match(name)]

    def patterns(self) -> list[tuple[str, re.Pattern[str]]]:
        """Profiles that stand for every environment whose name matches."""
        return [(name, pattern) for name in self.names() if (pattern := self.get(name).pattern) is not None]

    def matching(self, env: str) -> list[str]:
        """Profiles whose `match` fits the whole name."""
        return [name for name, pattern in self.patterns() if pattern.fullmatch(env)]

    def affected_by(self, paths: Iterable[Path]) -> list[str]:
        """Names of these profiles and of all that inherit from one of them."""
        changed = set(paths)
        return [
            name
            for name in self.names()
            if (one := self.get(name)).path in changed or (one.merged and changed.intersection(one.merged.ancestors))
        ]

    def together(self) -> list[Diagnostic]:
        """What is wrong with the folder as a whole: names that two environments would share, ignored files."""
        found: list[Diagnostic] = []
        suffixes = {
            name: checked.profile.environment.suffix or name
            for name in self.environments()
            if (checked := self.get(name)).profile is not None
        }
        for name, suffix in suffixes.items():
            others = [f"`{other}`" for other, its in suffixes.items() if its == suffix and other != name]
            if suffix != name:
                others += [f"`{suffix}`, which `{other}` matches" for other in self.matching(suffix)]
            if others and (merged := self.get(name).merged):
                message = f"The suffix `{suffix}` is also that of {', '.join(others)}: resources would share names."
                found.append(Diagnostic.at(self._suffix_position(merged), "SFX403", message))
        for path in sorted(self.folder.path.glob("*.yml")):
            at = Source(shown(path), ()).at(0, 0)
            message = "Not read: profiles end in `.yaml`."
            found.append(Diagnostic.at(at, "SFX404", message, suggestion="Rename it.", severity="warning"))
        return found

    def _has_match(self, name: str) -> bool:
        merged = self.get(name).merged
        return merged is not None and merged.match is not None

    def check(self, path: Path) -> Checked:
        """A file as a profile of this folder, whatever its extension."""
        name = path.stem
        try:
            merged = self.folder.merged(path)
        except ProfileFaultError as fault:
            return Checked(name, path, None, None, None, (fault.diagnostic,))
        validated = validate(merged.root)
        told = {(one.file, one.line, one.column) for one in merged.diagnostics}
        # A scalar that YAML misreads has the wrong type as well: only the cause is worth a word.
        further = [one for one in validated.diagnostics if (one.file, one.line, one.column) not in told]
        found = [*merged.diagnostics, *further]
        pattern = _pattern(merged, found)
        self._check_name(name, merged, validated.profile, found)
        if name == PARENT_ONLY:  # what a child may still set right is told where it applies
            found = [one for one in found if one.severity == "error"]
        return Checked(name, path, merged, pattern, validated.profile, tuple(found))

    def _check_name(self, name: str, merged: Merged, profile: Profile | None, found: list[Diagnostic]) -> None:
        if profile is None or name == PARENT_ONLY:
            return
        suffix = profile.environment.suffix
        if merged.match is not None:
            if suffix is not None:
                message = "With `match`, one fixed suffix would give every matching environment the same names."
                found.append(Diagnostic.at(self._suffix_position(merged), "SFX402", message))
        elif suffix is None and not usable_as_suffix(name):
            found.append(
                Diagnostic.at(
                    merged.root.at,
                    "SFX401",
                    f"`{name}` cannot be a suffix: {SUFFIX_RULE}.",
                    suggestion="Rename the file, or set `environment.suffix`.",
                )
            )

    def _suffix_position(self, merged: Merged) -> Position:
        steps = list(walk(merged.root, ("environment", "suffix")))
        return steps[-1][1].at if len(steps) == 2 else merged.document.source.at(0, 0)


SUFFIX_RULE = f"lower case letters, digits and single hyphens, a letter first, at most {SUFFIX_MAX_LENGTH} characters"


def usable_as_suffix(name: str) -> bool:
    """Whether an environment's name can end the names of its resources."""
    return len(name) <= SUFFIX_MAX_LENGTH and re.fullmatch(SUFFIX_PATTERN, name) is not None


def _pattern(merged: Merged, found: list[Diagnostic]) -> re.Pattern[str] | None:
    if merged.match is None:
        return None
    node = merged.match.node
    if not isinstance(node.value, str) or not node.value:
        found.append(Diagnostic.at(node.at, "SFX113", f'`{MATCH}` takes a regular expression, as "pr[0-9]+".'))
        return None
    try:
        return re.compile(node.value)
    except (re.error, RecursionError, OverflowError) as error:
        found.append(Diagnostic.at(node.at, "SFX113", f"`{MATCH}` is not a regular expression: {error}."))
        return None
