"""Parts of the local cloud come up in any order, outlive their control plane and end with their supervisor."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.local.parts import RunningPart, client_of, eventually

PARTS = ("metrics", "pipes", "scaling")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def control_plane(port: int) -> Iterator[None]:
    command = [sys.executable, "-m", "streamflix_cli.local.control_plane", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield
    finally:
        process.kill()
        process.wait()


def test_a_part_waits_for_its_control_plane_and_outlives_it(tmp_path: Path) -> None:
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    part = RunningPart("metrics", tmp_path, endpoint)
    sqs, cloudwatch = client_of("sqs", endpoint), client_of("cloudwatch", endpoint)
    assert "Could not connect" in part.logged()
    with control_plane(port):
        sqs.create_queue(QueueName="q")
        eventually(lambda: cloudwatch.list_metrics(MetricName="ApproximateNumberOfMessagesVisible")["Metrics"])
    # As it was killed, between two calls or in the middle of one.
    assert re.search("Could not connect|Connection was closed", part.logged())
    assert part.terminate() == 0


@pytest.mark.parametrize("name", PARTS)
def test_a_part_ends_on_sigterm_and_with_its_supervisor_while_nobody_answers(name: str, tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    asked, orphaned = (RunningPart(name, tmp_path, nobody) for _ in range(2))
    for part in (asked, orphaned):
        assert "Could not connect" in part.logged()
    assert asked.terminate() == 0
    orphaned.process.communicate(timeout=5)
    assert orphaned.process.returncode == 1
