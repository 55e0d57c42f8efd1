"""Titles, jobs and tasks."""

from lib.worker.migrations.plain import run

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Applies the SQL beside this file."""
    run(__file__)
