"""Several stores on one database."""

from collections.abc import Callable, Iterator

import pytest

from lib.worker.database import Database
from lib.worker.store import Store
from tests.integration.worker.conftest import AUDIT_KEY, SETTINGS
from tests.postgresql import PostgreSQL


@pytest.fixture
def stores(postgresql: PostgreSQL, database_name: str) -> Iterator[Callable[[int], list[Store]]]:
    """`stores(8)`: as many workers, each with connections of its own."""
    opened: list[Database] = []

    def make(number: int) -> list[Store]:
        opened.extend(Database(postgresql.settings(database_name, "app"), postgresql.secrets) for _ in range(number))
        return [Store(each, audit_key=AUDIT_KEY, settings=SETTINGS) for each in opened[-number:]]

    yield make
    for each in opened:
        each.close()
