"""A store in a database of its own for each test."""

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from lib.worker.database import Database
from lib.worker.store import QueueSettings, Store
from tests import postgresql as server
from tests.postgresql import PostgreSQL

AUDIT_KEY = "k" * 64
SETTINGS = QueueSettings(lease_seconds=60, max_attempts=3, backoff_base_seconds=5, backoff_cap_seconds=600)


@pytest.fixture
def database_name(postgresql: PostgreSQL) -> Iterator[str]:
    name = postgresql.create(template=server.TEMPLATE)
    yield name
    postgresql.drop(name)


@pytest.fixture
def database(postgresql: PostgreSQL, database_name: str) -> Iterator[Database]:
    with closing(Database(postgresql.settings(database_name, "app"), postgresql.secrets)) as database:
        yield database


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database, audit_key=AUDIT_KEY, settings=SETTINGS)


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
