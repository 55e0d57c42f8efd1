"""The audit trail."""

from lib.worker.migrations.plain import run

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Applies the SQL beside this file."""
    run(__file__)
