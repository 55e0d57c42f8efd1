"""Connections: verified, renewed after rotations, closed when idle; no password anywhere."""

import copy
import logging
import time
from contextlib import closing

import psycopg
import pytest
from psycopg import sql

from lib.worker.database import Database, DatabaseSettings
from tests.postgresql import PostgreSQL


def connections(postgresql: PostgreSQL, database: str) -> int:
    with postgresql.server.connect() as connection:
        row = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [database]).fetchone()
    assert row
    return int(row[0])


def test_an_idle_worker_lets_the_database_pause(postgresql: PostgreSQL, database_name: str) -> None:
    settings = postgresql.settings(database_name, "app")
    with closing(Database(settings, postgresql.secrets, idle_seconds=0.2)) as database:
        assert connections(postgresql, database_name) == 0
        with database.connection(), database.connection():
            assert connections(postgresql, database_name) == 2
        deadline = time.monotonic() + 10
        while connections(postgresql, database_name) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert connections(postgresql, database_name) == 0
        with database.connection() as connection:
            connection.execute("SELECT 1")


def test_a_block_is_committed_or_rolled_back(database: Database) -> None:
    insert = "INSERT INTO content (content_id, record) VALUES (%s, '{}')"
    with database.connection() as connection:
        connection.execute(insert, ["kept"])
    with pytest.raises(psycopg.errors.UniqueViolation), database.connection() as connection:
        connection.cursor().executemany(insert, [["dropped"], ["kept"]])
    with database.connection() as connection:
        assert connection.execute("SELECT content_id FROM content").fetchall() == [{"content_id": "kept"}]


def test_a_connection_that_broke_is_replaced(postgresql: PostgreSQL, database_name: str, database: Database) -> None:
    with database.connection() as connection:
        backend = connection.info.backend_pid
    with postgresql.server.connect() as superuser:
        superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])

    with database.connection() as connection:
        connection.execute("SELECT 1")
        assert connection.info.backend_pid != backend


def test_a_password_that_is_old_for_a_moment_is_asked_for_again(postgresql: PostgreSQL, database_name: str) -> None:
    secrets = copy.deepcopy(postgresql.secrets)
    right = secrets.values["arn:app"]
    secrets.values["arn:app"] = {**right, "password": "not yet"}
    answer = secrets.get_secret_value

    def rotate(*, SecretId: str) -> dict[str, object]:  # noqa: N803
        try:
            return answer(SecretId=SecretId)
        finally:
            secrets.values["arn:app"] = right

    secrets.get_secret_value = rotate  # type: ignore[method-assign]
    with (
        closing(Database(postgresql.settings(database_name, "app"), secrets)) as database,
        database.connection() as connection,
    ):
        connection.execute("SELECT 1")


def test_no_error_and_no_log_holds_a_password(
    postgresql: PostgreSQL, database_name: str, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = copy.deepcopy(postgresql.secrets)
    secrets.values["arn:app"] = {"username": "app", "password": "hunter2hunter2"}
    caplog.set_level(logging.DEBUG)
    database = Database(postgresql.settings(database_name, "app"), secrets)
    with closing(database), pytest.raises(psycopg.OperationalError) as failed, database.connection(wait_seconds=1):
        pass

    assert "password authentication failed" in caplog.text
    assert "hunter2" not in caplog.text + str(failed.value)


def test_a_server_with_another_name_is_refused(
    postgresql: PostgreSQL, database_name: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = DatabaseSettings("127.0.0.1", postgresql.server.port, database_name, "arn:app")
    database = Database(settings, postgresql.secrets)
    with closing(database), pytest.raises(psycopg.OperationalError), database.connection(wait_seconds=1):
        pass

    assert "does not match" in caplog.text


def test_a_server_that_cannot_be_written_to_is_not_connected_to(
    postgresql: PostgreSQL, database_name: str, database: Database
) -> None:
    read_only = sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = {}")
    with postgresql.server.connect() as superuser:
        superuser.execute(read_only.format(sql.Identifier(database_name), sql.Literal("on")))
    with pytest.raises(psycopg.OperationalError), database.connection(wait_seconds=1):
        pass

    with postgresql.server.connect() as superuser:
        superuser.execute(read_only.format(sql.Identifier(database_name), sql.Literal("off")))
    with database.connection() as connection:
        connection.execute("INSERT INTO content (content_id, record) VALUES ('film', '{}')")
