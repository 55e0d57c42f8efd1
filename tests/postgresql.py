"""A real PostgreSQL for tests: TLS, SCRAM, and an owner without more rights than RDS gives."""

import json
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import DictRow, dict_row

from lib.worker.database import DatabaseSettings
from lib.worker.migrate import migrate
from streamflix_cli.local.database.certificates import Authority
from streamflix_cli.local.database.deployed import Credentials
from streamflix_cli.local.database.install import install_postgresql
from streamflix_cli.local.database.master import set_up
from streamflix_cli.local.database.server import Server

HOST = "localhost"
TEMPLATE = "migrated"
_number = count(1)


@dataclass
class SecretsManager:
    """Holds credentials by ARN and answers as boto3's client does."""

    values: dict[str, dict[str, str]] = field(
        default_factory=lambda: {
            "arn:owner": {"username": "streamflix_owner", "password": "owner's password"},
            "arn:app": {"username": "app", "password": "app's password"},
            "arn:operator": {"username": "operator", "password": "operator's password"},
        }
    )

    def get_secret_value(self, *, SecretId: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        return {"SecretString": json.dumps(self.values[SecretId])}


@dataclass(frozen=True)
class PostgreSQL:
    """The server of a test session. PGSSLROOTCERT names the authority of its certificate."""

    server: Server
    secrets: SecretsManager

    def settings(self, database: str, login: str) -> DatabaseSettings:
        return DatabaseSettings(host=HOST, port=self.server.port, name=database, secret_arn=f"arn:{login}")

    def create(self, *, template: str = "template1") -> str:
        """A database of the owner's."""
        name = f"test_{next(_number)}"
        with self.server.connect() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER streamflix_owner STRATEGY file_copy").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        return name

    def drop(self, database: str) -> None:
        with self.server.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    def migrate(self, database: str, *, secrets: SecretsManager | None = None) -> None:
        migrate(
            self.settings(database, "owner"),
            app_secret_arn="arn:app",
            operator_secret_arn="arn:operator",
            secrets=secrets or self.secrets,
        )

    @contextmanager
    def connect(self, database: str, login: str) -> Iterator[psycopg.Connection[DictRow]]:
        """A connection in autocommit, over TCP, as a client has it."""
        secret = self.secrets.values[f"arn:{login}"]
        with psycopg.connect(
            host=HOST,
            port=self.server.port,
            dbname=database,
            user=secret["username"],
            password=secret["password"],
            sslmode="verify-full",
            autocommit=True,
            row_factory=dict_row,
        ) as connection:
            yield connection

    @contextmanager
    def superuser(self, database: str) -> Iterator[psycopg.Connection]:
        """A connection of the superuser, who ends with the test."""
        with self.server.connect() as connection:
            connection.execute("CREATE ROLE intruder SUPERUSER LOGIN PASSWORD 'intruder'")
        try:
            with psycopg.connect(
                host=HOST,
                port=self.server.port,
                dbname=database,
                user="intruder",
                password="intruder",
                autocommit=True,
            ) as connection:
                yield connection
        finally:
            with self.server.connect() as connection:
                connection.execute("DROP ROLE intruder")


@contextmanager
def running() -> Iterator[PostgreSQL]:
    """Starts a server with a migrated database to copy, and ends it."""
    secrets = SecretsManager()
    with tempfile.TemporaryDirectory(prefix="streamflix-postgresql-") as folder, socket.socket() as free:
        authority = Authority(Path(folder))
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        server = Server(install_postgresql(), Path(folder) / "data", address="127.0.0.1", port=port)
        server.start(*authority.issue(HOST))
        os.environ["PGSSLROOTCERT"] = str(authority.path)
        try:
            owner = secrets.values["arn:owner"]
            with server.connect() as connection:
                set_up(connection, Credentials(owner["username"], owner["password"]), database=TEMPLATE)
            postgresql = PostgreSQL(server, secrets)
            postgresql.migrate(TEMPLATE)
            yield postgresql
        finally:
            del os.environ["PGSSLROOTCERT"]
            server.stop()
