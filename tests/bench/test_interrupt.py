"""A benchmark that is told to end leaves nothing running."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from streamflix_cli.local.folder import CloudFolder


def test_a_terminated_benchmark_ends_its_local_cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    program = "from tests.bench.plan import planning; planning()"
    process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (plans := list(tmp_path.glob("*/.streamflix/local/*/out"))):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    record = CloudFolder(plans[0].parents[3]).read()
    assert record is not None
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    found = [record.supervisor, *(part.process for part in record.parts)]
    assert not any(psutil.pid_exists(one.pid) for one in found if one)
    assert not list(tmp_path.glob("*/.streamflix"))
