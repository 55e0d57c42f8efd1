"""How a violation is told."""

from typing import NamedTuple


class Broken(NamedTuple):
    """What an invariant found: the job, or whatever else it is about, and what is wrong with it."""

    subject: str
    message: str


class Violation(NamedTuple):
    """The same with the invariant's name, `I1` to `I6`."""

    invariant: str
    subject: str
    message: str
