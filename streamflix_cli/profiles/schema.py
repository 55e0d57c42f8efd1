"""The JSON Schema of a profile's file, for editors: completion, types and ranges while typing."""

from collections.abc import Iterator
from typing import Any

from lib.profile import Profile
from streamflix_cli.profiles.inheritance import EXTENDS, MATCH


def json_schema() -> dict[str, Any]:
    """The schema of one file: `Profile`, and the keys that speak about the file.

    A file may leave to its parents whatever merges in depth, so nothing is required but in the items of
    lists, which are replaced as a whole. Rules that cross fields are `validate-config`'s alone.
    """
    schema = Profile.model_json_schema()
    whole = set(_references(schema, inside_items=False))
    for name, definition in schema["$defs"].items():
        if name not in whole:
            definition.pop("required", None)
    schema["properties"] = {
        EXTENDS: {"description": "The profile of the same folder that this one is laid over.", "type": "string"},
        MATCH: {
            "description": "Regular expression; environments whose whole name matches take this profile.",
            "format": "regex",
            "type": "string",
        },
        **schema["properties"],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "StreamFlix profile",
        "description": "Everything that distinguishes one environment from another.",
    }


def _references(node: object, *, inside_items: bool) -> Iterator[str]:
    """Names of the definitions that are items of lists."""
    if isinstance(node, list):
        for item in node:
            yield from _references(item, inside_items=inside_items)
    elif isinstance(node, dict):
        if inside_items and "$ref" in node:
            yield str(node["$ref"]).rpartition("/")[2]
        for key, value in node.items():
            yield from _references(value, inside_items=key == "items")
