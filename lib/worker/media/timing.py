"""Finds the constant frame rate of a picture, or the one that it should be conformed to."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import median

STANDARD_RATES = tuple(
    Fraction(*rate)
    for rate in ((24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (48, 1), (50, 1), (60000, 1001), (60, 1))
)
MAX_RATE = Fraction(60)
"""Highest rate of a rendition (Apple, "HLS Authoring Specification": frame rates above 60 shall not be used)."""
SNAP = Fraction(2, 1000)
"""Within this share of an announced rate, a standard one is tried first: 23.976 is often announced as 23.98."""
GRID_TOLERANCE = Fraction(2, 5)
"""Of a frame. Below a half, each picture is nearest to its own place, and none is dropped or doubled."""


def frame_rate(ticks: Sequence[int], time_base: Fraction, announced: Iterable[Fraction]) -> tuple[Fraction, bool]:
    """The rate of a picture.

    Args:
        ticks: When each picture is shown, ascending; at least one.
        time_base: Seconds in a tick.
        announced: Rates that the container speaks of.

    Returns:
        The rate, and whether the pictures do not lie on its grid, so that some will be doubled or dropped.
    """
    candidates = [rate for rate in announced if rate > 0]
    if len(ticks) == 1:
        return min([*candidates, MAX_RATE]), False
    span = (ticks[-1] - ticks[0]) * time_base
    if span:
        candidates.append(((len(ticks) - 1) / span).limit_denominator(1001))
    near_by = max(SNAP, time_base / span) if span else SNAP
    near = {rate for one in candidates for rate in STANDARD_RATES if abs(rate / one - 1) <= near_by}
    for rates in (near, candidates):
        distance, rate = min(((_from_grid(ticks, time_base * rate), rate) for rate in rates), default=(1, MAX_RATE))
        if distance <= GRID_TOLERANCE:
            return (rate, False) if rate <= MAX_RATE else (_halved(rate), True)
    steps = [later - earlier for earlier, later in pairwise(ticks) if later > earlier]
    usual = 1 / (Fraction(median(steps)) * time_base) if steps else STANDARD_RATES[0]
    return min(STANDARD_RATES, key=lambda rate: abs(rate - usual)), True


def _from_grid(ticks: Sequence[int], frames_per_tick: Fraction) -> Fraction:
    """Largest distance of a picture from its place on the grid, in frames."""
    # In whole numbers: this runs over every picture of a film, and fractions are slow.
    scale, unit = frames_per_tick.numerator, frames_per_tick.denominator
    first = ticks[0]
    return Fraction(max(abs((tick - first) * scale - number * unit) for number, tick in enumerate(ticks)), unit)


def _halved(rate: Fraction) -> Fraction:
    while rate > MAX_RATE:
        rate /= 2
    return rate
