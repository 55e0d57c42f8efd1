"""The master user of a cluster and its database, as RDS makes them."""

import psycopg
from psycopg import sql

from streamflix_cli.local.database.deployed import Credentials


def set_up(connection: psycopg.Connection, master: Credentials, *, database: str | None) -> None:
    """Gives the master user its password, and makes user and database where they are missing.

    The master user is no superuser: it may create databases and roles, and owns the database.

    Args:
        connection: The superuser's, in autocommit.
        master: Name and password. The server gets a SCRAM verifier, never the password.
        database: The database that the cluster was created with, None for none.
    """
    verifier = connection.pgconn.encrypt_password(
        master.password.encode(), master.user.encode(), b"scram-sha-256"
    ).decode()
    user = sql.Identifier(master.user)
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [master.user]).fetchone()
    connection.execute(
        sql.SQL("{} ROLE {} LOGIN CREATEDB CREATEROLE PASSWORD {}").format(
            sql.SQL("ALTER" if known else "CREATE"), user, sql.Literal(verifier)
        )
    )
    connection.execute(sql.SQL("ALTER DATABASE postgres OWNER TO {}").format(user))
    if (
        database is not None
        and not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
    ):
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), user))
