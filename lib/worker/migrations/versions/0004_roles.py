"""Roles, and what operators may call."""

from lib.worker.migrations.plain import run

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Applies the SQL beside this file."""
    run(__file__)
