"""What every construct is given."""

import pytest

from lib.naming import Naming
from lib.place import Place
from lib.profile import Database, Monitoring, Processing, Profile
from tests.unit.lib.synthesis import Synthesized, synthesize_pipeline


@pytest.fixture(scope="session")
def naming() -> Naming:
    return Naming("t1")


@pytest.fixture(scope="session")
def place() -> Place:
    return Place(account_id="123456789012", region="us-east-1")


@pytest.fixture(scope="session")
def pipeline() -> Synthesized:
    """A whole stack, with Spot, a pausing database with a reader, and an address for alarms."""
    return synthesize_pipeline(
        Profile(
            processing=Processing(spot_weight=3, fargate_base=1, min_tasks=0, max_tasks=8),
            database=Database(min_acu=0, auto_pause_minutes=10, readers=1),
            monitoring=Monitoring(alarm_email="alarms@streamflix.example"),
        )
    )
