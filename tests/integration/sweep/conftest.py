"""An emulated account to leave things behind in."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.integration.sweep.account import Account


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """The control plane of the local cloud, for these tests alone."""
    command = [sys.executable, "-m", "streamflix_cli.local.control_plane", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


@pytest.fixture(scope="session")
def account(endpoint: str) -> Account:
    """One account for all tests, each with environments of its own: what others left must not disturb."""
    return Account(endpoint)
