"""An emulated account to leave things behind in."""

import subprocess
import sys
import urllib.request
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


@pytest.fixture
def account(endpoint: str) -> Account:
    """An account in which nothing exists."""
    reset = urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")
    with urllib.request.urlopen(reset, timeout=30):
        return Account(endpoint)
