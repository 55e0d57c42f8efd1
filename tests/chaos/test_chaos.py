"""A short run: every kind of fault once, over a handful of jobs."""

from pathlib import Path

import pytest

from tests.chaos.run import Plan, run

SEED, JOBS, MINUTES = 1, 25, 3
NEEDS_ROOT = {"disk full"}
"""It mounts a file system."""


@pytest.mark.timeout(900)
def test_a_deployed_environment_survives_every_kind_of_fault(tmp_path: Path) -> None:
    report = run(Plan(SEED, JOBS, MINUTES), tmp_path)
    assert not report.violations, "\n".join(map(str, report.violations))
    assert len(report.history.jobs) >= JOBS
    assert sum(job.state == "published" for job in report.history.jobs) >= JOBS // 2
    # A fault that waits for its moment may miss it on a busy machine.
    assert len(set(report.missing) - NEEDS_ROOT) <= 3, report.missing
