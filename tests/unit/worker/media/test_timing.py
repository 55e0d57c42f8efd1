from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from lib.worker.media.timing import MAX_RATE, STANDARD_RATES, frame_rate


@given(
    rate=st.sampled_from(STANDARD_RATES),
    ticks_per_second=st.sampled_from([1000, 12_800, 90_000]),
    frames=st.integers(2, 500),
    first=st.integers(-5000, 5000),
)
def test_a_grid_is_found_whatever_ticks_the_container_rounds_to(
    rate: Fraction, ticks_per_second: int, frames: int, first: int
) -> None:
    ticks = [first + round(number * ticks_per_second / rate) for number in range(frames)]
    announced = Fraction(frames - 1, ticks[-1] - ticks[0]) * ticks_per_second
    found, variable = frame_rate(ticks, Fraction(1, ticks_per_second), [announced])
    assert not variable
    # A short clip in milliseconds may lie on the grids of 24 and of 23.976 alike.
    assert abs(float(found) * (ticks[-1] - ticks[0]) / ticks_per_second - (frames - 1)) < 0.5


def test_a_long_recording_in_milliseconds_has_the_exact_rate() -> None:
    ticks = [round(number * 1001 / 24) for number in range(20_000)]
    assert frame_rate(ticks, Fraction(1, 1000), [Fraction(2398, 100)]) == (Fraction(24000, 1001), False)


@given(st.lists(st.integers(1, 5000), min_size=2, max_size=50))
def test_every_rate_can_be_played(steps: list[int]) -> None:
    ticks = [0]
    for step in steps:
        ticks.append(ticks[-1] + step)
    found, variable = frame_rate(ticks, Fraction(1, 1000), [])
    assert 0 < found <= MAX_RATE
    if not variable:
        places = [round(tick * found / 1000) for tick in ticks]
        assert places == list(range(len(ticks)))


@pytest.mark.parametrize(("rate", "expected"), [(120, 60), (240, 60), (100, 50)])
def test_a_rate_that_no_player_must_support_is_divided(rate: int, expected: int) -> None:
    ticks = [number * 1200 // rate for number in range(100)]
    assert frame_rate(ticks, Fraction(1, 1200), [Fraction(rate)]) == (Fraction(expected), True)


def test_pauses_make_a_rate_variable() -> None:
    ticks = [*range(0, 1000, 33), *range(3000, 4000, 33)]
    assert frame_rate(ticks, Fraction(1, 1000), [Fraction(15)]) == (Fraction(30), True)


def test_a_single_picture_has_the_announced_rate() -> None:
    assert frame_rate([7], Fraction(1, 1000), [Fraction(25)]) == (Fraction(25), False)
