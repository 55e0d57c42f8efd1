"""Event patterns do not look into lists of objects, as that of a task's containers.

EventBridge matches if one object of each list fits (user guide, "Matching events on multiple event field values").
"""

from collections.abc import Iterator, Mapping, Set
from itertools import product
from typing import Any

from moto.events.models import EventPattern

from streamflix_cli.local.control_plane.patch import Method, wrap


def _looked_into(pattern: Mapping[str, Any]) -> set[str]:
    """Names of the fields into which a pattern looks."""
    names: set[str] = set()
    for name, condition in pattern.items():
        for inner in condition if name == "$or" else [condition]:
            if isinstance(inner, dict):
                names |= _looked_into(inner) | ({name} - {"$or"})
    return names


def _choices(event: Mapping[str, Any], names: Set[str]) -> Iterator[dict[str, Any]]:
    """The event with one object in the place of each list of objects under these names, in every way to choose."""
    options = [
        [chosen for one in _objects(value) for chosen in _choices(one, names)] if name in names else []
        for name, value in event.items()
    ]
    for chosen in product(*(found or [value] for found, value in zip(options, event.values(), strict=True))):
        yield dict(zip(event, chosen, strict=True))


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def _by_any_choice(matches: Method) -> Method:
    def matches_event(self: EventPattern, event: Mapping[str, Any]) -> bool:
        return any(matches(self, chosen) for chosen in _choices(event, _looked_into(self.get_pattern())))

    return matches_event


def apply() -> None:
    """Lets a pattern match one object of a list."""
    wrap(EventPattern, "matches_event", _by_any_choice)
