"""What a rule is, and the list of all of them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]
FieldPath = tuple[str | int, ...]
"""Where a field stands: `("processing", "ladder", 0, "height")`."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule.

    Args:
        message: What is wrong, with the values involved and those allowed.
        fields: The fields involved; the first is the one to change.
        suggestion: How to mend it.
        severity: A warning does not keep the profile from being used.
    """

    message: str
    fields: tuple[FieldPath, ...]
    suggestion: str | None = None
    severity: Severity = "error"


Check = Callable[..., Iterator[Violation]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its stable id and the sections that it reads."""

    id: str
    title: str
    sections: tuple[str, ...]
    check: Check


RULES: list[Rule] = []


def rule(id: str) -> Callable[[Check], Check]:
    """Registers a function as the rule `id`."""

    def register(check: Check) -> Check:
        code = check.__code__  # a rule is a plain function; `inspect.signature` costs more than all rules together
        title = (check.__doc__ or "").splitlines()[0]
        RULES.append(Rule(id, title, code.co_varnames[: code.co_argcount], check))
        return check

    return register


def violations(sections: Mapping[str, Any]) -> Iterator[tuple[Rule, Violation]]:
    """Runs every rule whose sections are there.

    Args:
        sections: Valid sections by name; leave out the broken ones.
    """
    for one in RULES:
        if all(name in sections for name in one.sections):
            for violation in one.check(*(sections[name] for name in one.sections)):
                yield one, violation
