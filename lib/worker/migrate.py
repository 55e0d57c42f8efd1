"""Brings the schema up to date and gives workers and operators their logins. Runs as the owner."""

import logging
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import NullPool, create_engine

from lib.worker.database import Connection, Database, DatabaseSettings, connection_parameters, credentials
from lib.worker.migrations import LOCK, SCHEMA_VERSION

_LOG = logging.getLogger(__name__)
CLONE_SUFFIX = "_clone"
"""A rotation alternates between a login and its clone; see `lib.rotation.handler`."""


def migrate(owner: DatabaseSettings, *, app_secret_arn: str, operator_secret_arn: str, secrets: Any) -> None:
    """Migrates the schema and sets the logins; changes nothing where nothing is to be done.

    Two that run at once wait for each other.

    Args:
        owner: The database, and the secret of its owner.
        app_secret_arn: Secret of the workers' login.
        operator_secret_arn: Secret of the operators' login.
        secrets: A boto3 `secretsmanager` client.

    Raises:
        psycopg.Error: The database cannot be reached, or refuses.
    """
    with closing(Database(owner, secrets)) as database:
        with database.connection():
            # Where the cluster is paused, the pool goes on trying until it has resumed.
            pass
        _upgrade(owner, secrets)
        _LOG.info("the schema is at revision %s", SCHEMA_VERSION)
        with database.connection() as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            for group, arn in (("app_role", app_secret_arn), ("operator_role", operator_secret_arn)):
                login = credentials(secrets, arn)
                _ensure_member(connection, group=group, user=login["user"])
                if not _can_log_in({**connection_parameters(owner, secrets), **login}):
                    _set_password(connection, **login)
                    _LOG.info("the password of %s is set", login["user"])


def _upgrade(owner: DatabaseSettings, secrets: Any) -> None:
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(**connection_parameters(owner, secrets)),
        poolclass=NullPool,
    )
    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _ensure_member(connection: Connection, *, group: str, user: str) -> None:
    """The first login is a member of the group, its clone a member of the first, as the rotation has it."""
    member_of = group
    for name in dict.fromkeys((user.removesuffix(CLONE_SUFFIX), user)):
        if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).rowcount == 0:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
        connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(member_of), sql.Identifier(name)))
        member_of = name


def _can_log_in(parameters: dict[str, Any]) -> bool:
    try:
        psycopg.connect(**parameters).close()
    except psycopg.OperationalError:
        return False
    return True


def _set_password(connection: Connection, *, user: str, password: str) -> None:
    # Hashed here, so that the password itself appears in no statement and no log.
    verifier = connection.pgconn.encrypt_password(password.encode(), user.encode(), b"scram-sha-256").decode()
    connection.execute(
        sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(user), sql.Literal(verifier)),
    )
