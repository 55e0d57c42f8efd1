"""The six invariants, each a pure function of a `History`: what it yields is a violation."""

from collections.abc import Callable, Iterator, Mapping

from tests.chaos.history import History
from tests.chaos.invariants.attempts import attempts_are_counted_right
from tests.chaos.invariants.publication import published_bytes_are_the_winners
from tests.chaos.invariants.submissions import (
    every_job_comes_to_an_end,
    keys_are_published_once,
    no_submission_is_lost,
)
from tests.chaos.invariants.trail import the_trail_is_the_history
from tests.chaos.invariants.violation import Broken as Broken, Violation as Violation

INVARIANTS: Mapping[str, Callable[[History], Iterator[Broken]]] = {
    "I1": no_submission_is_lost,
    "I2": keys_are_published_once,
    "I3": every_job_comes_to_an_end,
    "I4": the_trail_is_the_history,
    "I5": published_bytes_are_the_winners,
    "I6": attempts_are_counted_right,
}


def check(history: History) -> list[Violation]:
    """Every violation of every invariant."""
    return [
        Violation(name, broken.subject, broken.message)
        for name, invariant in INVARIANTS.items()
        for broken in invariant(history)
    ]
