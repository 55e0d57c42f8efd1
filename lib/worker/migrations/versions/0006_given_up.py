"""Finds the webhooks that were given up."""

from lib.worker.migrations.plain import run

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Applies the SQL beside this file."""
    run(__file__)
