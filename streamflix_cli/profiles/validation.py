"""A merged profile against the models and the rules of `lib`, every finding at its place in the files."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from lib.profile import Profile, Section
from lib.profile_rules import FieldPath, violations
from streamflix_cli.profiles.demands import describe
from streamflix_cli.profiles.diagnostics import Diagnostic, Position
from streamflix_cli.profiles.inheritance import FILE_KEYS
from streamflix_cli.profiles.near import did_you_mean
from streamflix_cli.profiles.nodes import Node

SECTIONS = cast("dict[str, type[Section]]", {name: field.annotation for name, field in Profile.model_fields.items()})


@dataclass(frozen=True, slots=True)
class Validated:
    """The outcome: a profile, unless an error is among the diagnostics."""

    profile: Profile | None
    diagnostics: tuple[Diagnostic, ...]


def validate(root: Node) -> Validated:
    """Validates each section by itself, then every rule whose sections are valid.

    Args:
        root: The merged mapping of sections.
    """
    entries = root.value if isinstance(root.value, dict) else {}
    found: list[Diagnostic] = []
    for name, entry in entries.items():
        if name not in SECTIONS:
            found.append(_unknown(name, entry.key_at, (*SECTIONS, *FILE_KEYS)))
    sections: dict[str, Section] = {}
    for name, model in SECTIONS.items():
        try:
            sections[name] = model.model_validate(entries[name].node.plain()) if name in entries else model()
        except ValidationError as error:
            details = without_consequences(error.errors(include_url=False))
            found += [_field(root, name, detail) for detail in details]
    for rule, violation in violations(sections):
        at = _involved(root, violation.fields)
        found.append(
            Diagnostic.at(at, rule.id, violation.message, suggestion=violation.suggestion, severity=violation.severity)
        )
    if any(one.severity == "error" for one in found):
        return Validated(None, tuple(found))
    return Validated(Profile(**cast("dict[str, Any]", sections)), tuple(found))


def walk(root: Node, path: FieldPath) -> Iterator[tuple[Position, Node]]:
    """Yields the position of the key (or item) and the node of each step of `path` that the files hold."""
    node = root
    for step in path:
        if isinstance(node.value, dict) and step in node.value:
            entry = node.value[step]
            at, node = entry.key_at, entry.node
        elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            at = node.at
        else:
            return
        yield at, node


def _involved(root: Node, fields: tuple[FieldPath, ...]) -> Position:
    """The value to change: of the fields that are written down the first in the profile's own file, else the first.

    If none is written down, the nearest key above the first field.
    """
    written: list[Position] = []
    for path in fields:
        steps = list(walk(root, path))
        if len(steps) == len(path):
            written.append(_place(*steps[-1]))
    own = [at for at in written if at.source is root.at.source]
    if own or written:
        return (own or written)[0]
    steps = list(walk(root, fields[0]))
    return steps[-1][0] if steps else root.at


def _place(key_at: Position, node: Node) -> Position:
    """Where a value is shown: at its key, if it is a collection or nothing."""
    return key_at if node.value is None or isinstance(node.value, dict | list) else node.at


def _field(root: Node, section: str, detail: ErrorDetails) -> Diagnostic:
    path = (section, *_path(detail))
    steps = list(walk(root, path))
    key_at, node = steps[-1] if steps else (root.at, root)
    kind, value = detail["type"], detail["input"]
    shown = ".".join(map(str, path))
    if kind == "extra_forbidden":
        return _unknown(str(path[-1]), key_at, _siblings(path))
    on_key = len(steps) < len(path) or _is_of_key(detail)
    at = key_at if on_key else _place(key_at, node)
    rule, demand = describe(detail)
    if kind == "missing":
        return Diagnostic.at(at, rule, f"`{shown}` {demand}.")
    found = "" if isinstance(value, dict | list) else f", not {_yaml(value)}"
    suggestion = None
    if kind == "literal_error" and isinstance(value, str):
        suggestion = did_you_mean(value, re.findall("'([^']*)'", detail["ctx"]["expected"]))
    elif kind == "string_type" and isinstance(value, int | float) and not isinstance(value, bool):
        suggestion = "Put it in quotes."
    return Diagnostic.at(at, rule, f"`{shown}` {demand}{found}.", suggestion=suggestion)


def without_consequences(details: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """Leaves out what is wrong only because something inside it is: a list is too short when its items are wrong."""
    paths = [_path(detail) for detail in details]
    around = {path[:length] for path in paths for length in range(len(path))}
    return [detail for detail, path in zip(details, paths, strict=True) if path not in around]


def _path(detail: ErrorDetails) -> FieldPath:
    return detail["loc"][:-1] if _is_of_key(detail) else detail["loc"]


def _is_of_key(detail: ErrorDetails) -> bool:
    """Whether it is the key of a mapping that is wrong: Pydantic says `[key]` behind it, which may be a key as well."""
    return detail["type"] != "extra_forbidden" and detail["loc"][-2:] == (detail["input"], "[key]")


def _yaml(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = str(value)
    return f"`{text if len(text) <= 60 else text[:57] + '...'}`"


def _unknown(name: str, at: Position, known: tuple[str, ...]) -> Diagnostic:
    suggestion = did_you_mean(name, known) or f"Known here: {', '.join(known)}."
    return Diagnostic.at(at, "SFX201", f"Unknown key `{name}`.", suggestion=suggestion)


def _models(path: FieldPath) -> Iterator[type[BaseModel]]:
    """The models that the steps of `path` lead through, read off the annotations."""
    model: type[BaseModel] = Profile
    yield model
    for step in path[:-1]:
        if isinstance(step, int):
            continue
        field = model.model_fields.get(step)
        inner = next(_models_in(field.annotation), None) if field else None
        if inner is None:
            return
        model = inner
        yield model


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _models_in(argument)


def _siblings(path: FieldPath) -> tuple[str, ...]:
    *_, model = _models(path)
    return tuple(model.model_fields)
