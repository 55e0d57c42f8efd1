"""Placeholders of an input template are replaced without regard to JSON: a value with a quotation mark breaks it."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonpath_ng.parser import parse as parse_path
from moto.events.utils import EventTemplateParser

from streamflix_cli.local.control_plane.patch import Method

TEXT_OR_PLACEHOLDER = re.compile(r'(?P<text>"(?:[^"\\]|\\.)*")|<(?P<name>[^<>"]+)>')
PLACEHOLDER = re.compile(r"<(?P<name>[^<>]+)>")

_parsed = cache(parse_path)


def _value(path: str, event: Mapping[str, Any]) -> Any:
    found = _parsed(path).find(event)
    return found[0].value if found else None


def _fill(template: str, values: Mapping[str, Any]) -> str:
    """A value in a text stays text, one beside texts is JSON (EventBridge user guide, "Input transformation")."""

    def in_text(placeholder: re.Match[str]) -> str:
        if placeholder["name"] not in values:
            return placeholder[0]
        value = values[placeholder["name"]]
        text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
        return json.dumps(text)[1:-1]

    def anywhere(match: re.Match[str]) -> str:
        if match["text"]:
            return PLACEHOLDER.sub(in_text, match["text"])
        return json.dumps(values[match["name"]]) if match["name"] in values else match[0]

    return TEXT_OR_PLACEHOLDER.sub(anywhere, template)


def _as_json(original: Method) -> Method:
    def parse(input_template: str | None, input_paths_map: Mapping[str, str], event: Mapping[str, Any]) -> Any:
        if input_template is None:
            return original(input_template, input_paths_map, event)
        values = {name: _value(path, event) for name, path in input_paths_map.items()}
        values |= {
            "aws.events.event.json": event,
            "aws.events.event.ingestion-time": event["ingestion-time"],
        }
        return json.loads(_fill(input_template, values))

    return parse


def apply() -> None:
    """Fills templates as JSON."""
    EventTemplateParser.parse = staticmethod(_as_json(EventTemplateParser.parse))  # type: ignore[method-assign]
