"""A short run: most kinds of fault, over a handful of jobs. `make chaos` is the whole one."""

from pathlib import Path

import pytest

from tests.chaos.run import Plan, run

SEED, JOBS, MINUTES = 1, 25, 3


@pytest.mark.timeout(900)
def test_a_deployed_environment_survives_faults_of_every_sort(tmp_path: Path) -> None:
    report = run(Plan(SEED, JOBS, MINUTES), tmp_path)
    assert not report.violations, "\n".join(map(str, report.violations))
    # How many jobs and faults fit into the time is up to the machine; a run that met hardly any shows nothing.
    assert sum(job.state == "published" for job in report.history.jobs) >= JOBS // 5
    injected = {fault.kind for fault in report.faults}
    assert len(injected) > len(report.missing), report.missing
