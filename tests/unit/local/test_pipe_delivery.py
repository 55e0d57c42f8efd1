"""How a pipe delivers: every healthy record, in order; every poisonous one is given up alone."""

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, strategies as st

from streamflix_cli.local.pipes.delivery import Condition, Delivery, Limits
from streamflix_cli.local.pipes.envelope import Envelope

NOW = 1000.0


def events(count: int, *, at: float = NOW) -> list[Envelope]:
    return [{"sequenceNumber": number, "approximateArrivalTimestamp": at} for number in range(count)]


class Target:
    """Refuses a batch with a poisonous record in it, as a whole or just that record; and the first `outage` sends."""

    def __init__(self, poison: set[int] = frozenset(), *, whole: bool = True, outage: int = 0) -> None:  # type: ignore[assignment]
        self.poison = poison
        self.whole = whole
        self.outage = outage
        self.taken: list[int] = []
        self.given_up: list[tuple[list[int], Condition]] = []
        self.sends: Counter[tuple[int, ...]] = Counter()
        self.pauses: list[float] = []
        self.stop_after = -1

    def send(self, batch: Sequence[Envelope]) -> Sequence[Envelope]:
        numbers = tuple(event["sequenceNumber"] for event in batch)
        self.sends[numbers] += 1
        if self.outage:
            self.outage -= 1
            return batch
        bad = self.poison & set(numbers)
        if bad and self.whole:
            return batch
        self.taken += [number for number in numbers if number not in bad]
        return [event for event in batch if event["sequenceNumber"] in bad]

    def discard(self, batch: Sequence[Envelope], condition: Condition) -> None:
        self.given_up.append(([event["sequenceNumber"] for event in batch], condition))

    def pause(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        return len(self.pauses) != self.stop_after

    def deliver(self, batch: list[Envelope], limits: Limits) -> bool:
        return Delivery(limits, self.send, self.discard, self.pause, lambda: NOW).deliver(batch)


def limits(*, retries: int | None = 2, age: int | None = None, bisect: bool = True) -> Limits:
    return Limits(retries=retries, age_seconds=age, bisect=bisect)


@given(
    count=st.integers(1, 10),
    poison=st.sets(st.integers(0, 9)),
    retries=st.integers(0, 4),
    whole=st.booleans(),
)
def test_bisection_gives_up_each_poisonous_record_alone_and_delivers_the_rest_in_order(
    count: int, poison: set[int], retries: int, whole: bool
) -> None:
    poison = {number for number in poison if number < count}
    target = Target(poison, whole=whole)
    assert target.deliver(events(count), limits(retries=retries))
    assert target.taken == [number for number in range(count) if number not in poison]
    assert target.given_up == [([number], "RetryAttemptsExhausted") for number in sorted(poison)]
    assert len(target.pauses) == retries * len(poison), "splitting is no retry"


@given(count=st.integers(1, 10), outage=st.integers(0, 30), bisect=st.booleans())
def test_an_outage_loses_nothing_while_retries_are_left(count: int, outage: int, bisect: bool) -> None:
    target = Target(outage=outage)
    assert target.deliver(events(count), limits(retries=None, bisect=bisect))
    assert target.taken == list(range(count))
    assert not target.given_up


def test_without_bisection_the_whole_batch_is_given_up_after_its_retries() -> None:
    target = Target({1})
    assert target.deliver(events(3), limits(retries=2, bisect=False))
    assert target.given_up == [([0, 1, 2], "RetryAttemptsExhausted")]
    assert target.sends == {(0, 1, 2): 3}


def test_what_is_too_old_is_given_up_unsent() -> None:
    target = Target()
    batch = events(3)
    batch[0]["approximateArrivalTimestamp"] = NOW - 61
    assert target.deliver(batch, limits(age=60))
    assert target.given_up == [([0], "RecordAgeExceeded")]
    assert target.taken == [1, 2]


def test_a_stop_while_it_waits_leaves_the_batch_undone() -> None:
    target = Target({0})
    target.stop_after = 2
    assert not target.deliver(events(1), limits(retries=9))
    assert not target.given_up


def test_pauses_grow_up_to_a_limit() -> None:
    target = Target({0})
    target.deliver(events(1), limits(retries=8))
    assert target.pauses == sorted(target.pauses)
    assert (target.pauses[0], target.pauses[-1]) == (0.25, 5.0)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, Limits(None, None, False)),
        ({"MaximumRetryAttempts": -1, "MaximumRecordAgeInSeconds": -1}, Limits(None, None, False)),
        (
            {
                "MaximumRetryAttempts": 0,
                "MaximumRecordAgeInSeconds": 60,
                "OnPartialBatchItemFailure": "AUTOMATIC_BISECT",
            },
            Limits(0, 60, True),
        ),
    ],
)
def test_limits_are_without_end_unless_the_pipe_sets_them(parameters: dict[str, object], expected: Limits) -> None:
    assert Limits.of(parameters) == expected
