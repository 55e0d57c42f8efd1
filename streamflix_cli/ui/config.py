"""How a resolved profile, the schema and the rules are shown."""

import json
from collections.abc import Iterator

import yaml

from streamflix_cli.profiles.provenance import Resolved
from streamflix_cli.profiles.rules import RuleList

Line = tuple[str, str]
"""A line of YAML and the path of the value that it shows ("" if it shows none)."""


def as_yaml(resolved: Resolved) -> str:
    """The profile as YAML."""
    return "\n".join(text for text, _ in _lines(resolved.profile, "", 0))


def with_provenance(resolved: Resolved) -> str:
    """The profile as YAML, each value followed by the place that set it."""
    lines = list(_lines(resolved.profile, "", 0))
    width = min(max(len(text) for text, _ in lines), 60)
    return "\n".join(
        f"{text:<{width}}  # {resolved.provenance[path]}" if path in resolved.provenance else text
        for text, path in lines
    )


def as_json(schema: dict[str, object]) -> str:
    """The schema as the file `configs/profile.schema.json` holds it."""
    return json.dumps(schema, indent=2, ensure_ascii=False)


def rule_table(rules: RuleList) -> str:
    """A rule a line."""
    return "\n".join(f"{one.id}  {one.title}" for one in rules.rules)


def _lines(value: object, path: str, depth: int) -> Iterator[Line]:
    indent = "  " * depth
    if isinstance(value, dict):
        pairs = [(f"{_scalar(key)}:", f"{path}.{key}" if path else str(key), inner) for key, inner in value.items()]
    elif isinstance(value, list):
        pairs = [("-", f"{path}.{index}", inner) for index, inner in enumerate(value)]
    else:
        return
    for lead, inner_path, inner in pairs:
        if isinstance(inner, dict | list) and inner:
            yield f"{indent}{lead}", ""
            yield from _lines(inner, inner_path, depth + 1)
        else:
            yield f"{indent}{lead} {_scalar(inner)}", inner_path


def _scalar(value: object) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=float("inf"))
    return text.removesuffix("\n").removesuffix("\n...")
