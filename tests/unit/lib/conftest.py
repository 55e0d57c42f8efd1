"""What every construct is given."""

import pytest

from lib.naming import Naming
from lib.place import Place


@pytest.fixture(scope="session")
def naming() -> Naming:
    return Naming("t1")


@pytest.fixture(scope="session")
def place() -> Place:
    return Place(account_id="123456789012", region="us-east-1")
