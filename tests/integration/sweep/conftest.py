"""An emulated account to leave things behind in."""

from collections.abc import Iterator

import pytest

from tests.control_plane import serving
from tests.integration.sweep.account import Account


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """The control plane of the local cloud, for these tests alone."""
    with serving() as url:
        yield url


@pytest.fixture(scope="session")
def account(endpoint: str) -> Account:
    """One account for all tests, each with environments of its own: what others left must not disturb."""
    return Account(endpoint)
