"""A seed fixes what is submitted and what is injected."""

import random
from itertools import islice

from tests.chaos.faults import ON_SERVICES, ON_WORKERS
from tests.chaos.inputs import COPIES, SHARES, orders
from tests.chaos.nemesis import rounds


def test_the_same_seed_orders_the_same_and_another_one_other_jobs() -> None:
    assert list(islice(orders(1), 50)) == list(islice(orders(1), 50))
    assert list(islice(orders(1), 50)) != list(islice(orders(2), 50))


def test_two_hundred_jobs_are_of_every_shape_by_both_ways_in() -> None:
    some = list(islice(orders(1), 200))
    assert {order.shape for order in some} == set(SHARES)
    assert {order.copies for order in some} == set(COPIES)
    assert {order.streamed for order in some} == {True, False}
    assert len({order.content_id for order in some}) == 200


def test_every_round_has_every_kind_once_in_an_order_of_its_own() -> None:
    for kinds in (list(ON_WORKERS), list(ON_SERVICES)):
        first, second = islice(rounds(kinds, random.Random(1)), 2)
        assert sorted(first) == sorted(second) == sorted(kinds)
        assert first != second
        assert next(rounds(kinds, random.Random(1))) == first
