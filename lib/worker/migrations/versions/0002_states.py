"""Transitions of states."""

from lib.worker.migrations.plain import run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Applies the SQL beside this file."""
    run(__file__)
