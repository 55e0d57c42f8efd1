"""From `--env NAME` to the one profile that is meant."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lib.profile import Profile
from streamflix_cli.errors import EXIT_USAGE, StreamflixError
from streamflix_cli.profiles.catalogue import PARENT_ONLY, SUFFIX_RULE, Catalogue, Checked, usable_as_suffix
from streamflix_cli.profiles.diagnostics import Diagnostic
from streamflix_cli.profiles.inheritance import shown
from streamflix_cli.profiles.near import did_you_mean
from streamflix_cli.profiles.nodes import Node
from streamflix_cli.project import CONFIGS


@dataclass(frozen=True, slots=True)
class Selection:
    """An environment and its profile.

    Args:
        name: The environment as the user typed it.
        suffix: Ending of its resources' names.
        profile: Its validated profile.
        path: The profile's file.
        warnings: What the user should know although the profile is valid.
        tree: What the files say, parents included, with positions.
    """

    name: str
    suffix: str
    profile: Profile
    path: Path
    warnings: tuple[Diagnostic, ...]
    tree: Node


def select(env: str | None, *, root: Path, deployed: Sequence[str] | None = None) -> Selection:
    """The profile of an environment: `configs/ENV.yaml`, else the one whose `match` fits the whole name.

    Args:
        env: The environment's name; None if the user gave none.
        root: The folder that holds `configs/`.
        deployed: Names of deployed environments, to be listed when none or an unknown one is given; None if not known.

    Raises:
        StreamflixError: `ENVIRONMENT_REQUIRED`, `ENVIRONMENT_UNKNOWN` or `INVALID_PROFILE`, all with exit code 2.
    """
    catalogue = Catalogue(root / CONFIGS)
    known = _known(catalogue, deployed)
    if not env:
        raise StreamflixError(
            "ENVIRONMENT_REQUIRED",
            f"No environment given. {known}",
            hint="Add `--env NAME`, or set STREAMFLIX_ENV.",
            exit_code=EXIT_USAGE,
        )
    checked = _find(catalogue, env, known)
    errors = [one for one in checked.diagnostics if one.severity == "error"]
    errors += [one for one in catalogue.together() if one.severity == "error" and one.file == str(shown(checked.path))]
    if errors or checked.profile is None or checked.merged is None:
        raise StreamflixError(
            "INVALID_PROFILE",
            "\n\n".join([f"The profile of `{env}` is not valid.", *(one.describe() for one in errors)]),
            hint=f"Correct it; `streamflix validate-config {shown(checked.path)}` checks it again.",
            exit_code=EXIT_USAGE,
            data={"diagnostics": [one.model_dump(mode="json") for one in errors]},
        )
    return Selection(
        name=env,
        suffix=checked.profile.environment.suffix or env,
        profile=checked.profile,
        path=checked.path,
        warnings=checked.diagnostics,
        tree=checked.merged.root,
    )


def _find(catalogue: Catalogue, env: str, known: str) -> Checked:
    names = catalogue.names()
    if env in names and env != PARENT_ONLY:
        checked = catalogue.get(env)
        if checked.merged is None or checked.merged.match is None:
            return checked
    matching = catalogue.matching(env)
    if len(matching) > 1:
        raise StreamflixError(
            "ENVIRONMENT_UNKNOWN",
            f"`{env}` is matched by several profiles: {', '.join(matching)}.",
            hint="Narrow their `match`, so that one is left.",
            exit_code=EXIT_USAGE,
        )
    if not matching:
        reason = f"`{env}` is only a parent of other profiles" if env == PARENT_ONLY else f"No profile for `{env}`"
        near = did_you_mean(env, catalogue.environments())
        raise StreamflixError(
            "ENVIRONMENT_UNKNOWN",
            f"{reason}. {known}",
            hint=near or f"Take one of them, or write a profile of that name into {shown(catalogue.folder.path)}/.",
            exit_code=EXIT_USAGE,
        )
    if not usable_as_suffix(env):
        raise StreamflixError(
            "ENVIRONMENT_UNKNOWN",
            f"`{env}` cannot end the names of resources: {SUFFIX_RULE}.",
            hint="Take a shorter or simpler name.",
            exit_code=EXIT_USAGE,
        )
    return catalogue.get(matching[0])


def _known(catalogue: Catalogue, deployed: Sequence[str] | None) -> str:
    names = ", ".join(catalogue.environments()) or "none"
    patterns = ", ".join(pattern.pattern for _, pattern in catalogue.patterns())
    parts = [f"Known: {names}"]
    if patterns:
        parts.append(f"and what matches {patterns}")
    text = " ".join(parts) + "."
    return text if deployed is None else f"{text} Deployed: {', '.join(deployed) or 'none'}."
