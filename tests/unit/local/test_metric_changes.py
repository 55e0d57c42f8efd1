from hypothesis import given, strategies as st

from streamflix_cli.local.metrics.publisher import REPEAT_SECONDS, Changes
from streamflix_cli.local.metrics.sources import Series

QUEUE: Series = ("AWS/SQS", "Visible", (("QueueName", "q"),))


@given(st.lists(st.tuples(st.floats(0.5, 5), st.integers(0, 2)), min_size=1, max_size=60))
def test_every_change_is_published_at_once_and_nothing_stays_silent_for_long(looks: list[tuple[float, int]]) -> None:
    changes = Changes()
    now, last, published_at = 0.0, None, 0.0
    for passed, value in looks:
        now += passed
        due = changes.due({QUEUE: value}, now)
        if value != last or now - published_at >= REPEAT_SECONDS:
            assert due == {QUEUE: value}
            last, published_at = value, now
        else:
            assert not due


def test_an_idle_day_costs_four_points_a_minute_and_metric() -> None:
    changes = Changes()
    points = sum(len(changes.due({QUEUE: 0}, 2.0 * look)) for look in range(30 * 60 * 24))
    assert points <= 4 * 60 * 24


def test_what_was_gone_is_published_when_it_comes_back() -> None:
    changes = Changes()
    assert changes.due({QUEUE: 1}, 0)
    assert not changes.due({}, 1)
    assert changes.due({QUEUE: 1}, 2)
