"""Where each value of a resolved profile was set."""

from collections.abc import Iterator

from pydantic import BaseModel

from lib.profile_rules import FieldPath
from streamflix_cli.profiles.selection import Selection
from streamflix_cli.profiles.validation import walk

DEFAULT = "default"
FROM_NAME = "name of the environment"


class Resolved(BaseModel):
    """A profile after inheritance and defaults.

    Attributes:
        environment: The environment as it was named.
        file: Its profile's file.
        profile: Every section with every value.
        provenance: For each value, by its dotted path: `FILE:LINE` that set it, or `default`.
    """

    environment: str
    file: str
    profile: dict[str, object]
    provenance: dict[str, str]


def resolve(selection: Selection, file: str) -> Resolved:
    """All values of the selected profile with their origins."""
    values = selection.profile.model_dump(mode="json")
    origins = {".".join(map(str, path)): _origin(selection, path) for path in _leaves(values, ())}
    if values["environment"]["suffix"] is None:
        values["environment"]["suffix"] = selection.suffix
        origins["environment.suffix"] = FROM_NAME
    return Resolved(environment=selection.name, file=file, profile=values, provenance=origins)


def _origin(selection: Selection, path: FieldPath) -> str:
    steps = list(walk(selection.tree, path))
    if len(steps) < len(path):
        return DEFAULT
    at = steps[-1][1].at
    return f"{at.source.path}:{at.line}"


def _leaves(value: object, path: FieldPath) -> Iterator[FieldPath]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*path, index))
    else:
        yield path
