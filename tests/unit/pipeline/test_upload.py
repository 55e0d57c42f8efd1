"""Sizes of parts."""

import pytest
from hypothesis import given, strategies as st

from streamflix_cli.pipeline.upload import LARGEST_PART, MEBIBYTE, MOST_PARTS, SMALLEST_PART, part_size


@given(st.integers(0, MOST_PARTS * LARGEST_PART))
def test_every_file_fits_into_the_parts_that_s3_allows(size: int) -> None:
    part = part_size(size)
    assert SMALLEST_PART <= part <= LARGEST_PART
    assert part % MEBIBYTE == 0
    assert part * MOST_PARTS >= size


def test_a_larger_file_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 10000 parts"):
        part_size(MOST_PARTS * LARGEST_PART + 1)
