"""How the tests are spread over processes."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
TOGETHER = (
    "e2e/test_process.py",
    "integration/local/test_alarms.py",
    "integration/local/test_database.py",
    "integration/local/test_ecs.py",
    "integration/local/test_rds_data.py",
    "integration/local/mends",
    "integration/local/test_metrics.py",
    "integration/local/test_pipes.py",
    "integration/local/test_scaling.py",
    "integration/pipeline",
    "integration/sweep",
    "integration/worker/media/hostile",
    "integration/worker/store",
    "integration/worker/test_permissions.py",
    "unit/lib",
)
"""Files and folders whose tests share what takes long to set up: one process runs all of them."""


@pytest.hookimpl(tryfirst=True)  # xdist reads the marks in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        path = item.path.relative_to(TESTS)
        for shared in TOGETHER:
            if path.is_relative_to(shared):
                item.add_marker(pytest.mark.xdist_group(shared))
