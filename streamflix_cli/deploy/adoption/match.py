"""Which of the resources that the state does not know is which of the stack's."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from streamflix_cli.deploy.adoption.types import TERRAFORM_TYPES
from streamflix_cli.deploy.planfile import HOLDS_DATA
from streamflix_cli.deploy.sweep import Leftover

_GOING = re.compile(r"(?:^|\s)(?:deleting|draining)(?:,|$)", re.IGNORECASE)
_RESTORABLE = "scheduled for deletion"


@dataclass(frozen=True)
class Unknown:
    """A resource that the state does not know, and what the stack may call it."""

    found: Leftover
    names: frozenset[str]


@dataclass(frozen=True)
class Match:
    """What becomes of unknown resources.

    Attributes:
        adopted: To be imported, by address.
        obsolete: Bear a name of the stack, hold no data and cannot be adopted, or are being deleted already: deleted.
        unclear: Bear a name of the stack, hold data, and are neither adopted nor deleted.
    """

    adopted: Mapping[str, Leftover]
    obsolete: tuple[Leftover, ...]
    unclear: tuple[Leftover, ...]


def match(declared: Mapping[str, str], missing: Collection[str], unknown: Iterable[Unknown]) -> Match:
    """Matches by type and name.

    One that is alone in bearing the name of a resource that the state lacks is that resource. Several of one name,
    or one whose namesake the state knows, were made by a run that did not learn of it.

    Args:
        declared: The name of each address of the stack that has one.
        missing: The addresses that the state does not know.
        unknown: What exists beyond the state. What bears no name of the stack is passed over.
    """
    addresses: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for address, name in declared.items():
        addresses[address.partition(".")[0], name].append(address)
    bearers: defaultdict[str, list[Leftover]] = defaultdict(list)
    for one in unknown:
        type_ = TERRAFORM_TYPES.get(one.found.type)
        bears = [address for name in one.names for address in addresses.get((str(type_), name), [])]
        if len(bears) == 1:
            bearers[bears[0]].append(one.found)
    adopted: dict[str, Leftover] = {}
    rest: list[Leftover] = []
    for address, found in bearers.items():
        chosen = _chosen(found) if address in missing else None
        if chosen is not None:
            adopted[address] = chosen
        rest += [one for one in found if one is not chosen]
    obsolete = tuple(one for one in rest if _is_going(one) or TERRAFORM_TYPES[one.type] not in HOLDS_DATA)
    return Match(adopted, obsolete, tuple(one for one in rest if one not in obsolete))


def _chosen(found: list[Leftover]) -> Leftover | None:
    """The one that is meant. Of several KMS keys it is the one that the alias leads to, which was found by it."""
    usable = [one for one in found if not _is_going(one) and _RESTORABLE not in one.detail]
    if len(usable) > 1:
        usable = [one for one in usable if one.found_by == "name"]
    return usable[0] if len(usable) == 1 else None


def _is_going(found: Leftover) -> bool:
    return _GOING.search(found.detail) is not None
