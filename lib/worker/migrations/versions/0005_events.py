"""What is told when a job ends."""

from lib.worker.migrations.plain import run

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Applies the SQL beside this file."""
    run(__file__)
