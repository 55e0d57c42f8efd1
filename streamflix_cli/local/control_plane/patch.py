"""How a mend changes a class of moto."""

from collections.abc import Callable
from typing import Any

Method = Callable[..., Any]


def wrap(owner: type, name: str, wrapper: Callable[[Method], Method]) -> None:
    """Replaces a method by what `wrapper` makes of the original."""
    setattr(owner, name, wrapper(getattr(owner, name)))


def add(owner: type, *methods: Method) -> None:
    """Gives a class methods that it lacks, under their own names."""
    for method in methods:
        setattr(owner, method.__name__, method)
