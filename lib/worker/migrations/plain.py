"""Migrations written in SQL."""

from pathlib import Path

import psycopg
from alembic import op


def run(revision_file: str) -> None:
    """Runs the SQL of a revision: the file of the same name beside it.

    Args:
        revision_file: Path of the revision's module.
    """
    connection = op.get_bind().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError("The migrations are run through psycopg.")
    # Not through SQLAlchemy, which would look for parameters in it.
    connection.execute(Path(revision_file).with_suffix(".sql").read_bytes())
