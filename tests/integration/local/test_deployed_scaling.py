"""The deployed scaling policies over the ECS agent: from none to the bound and back, thirty times as fast as told."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lib.profile import Processing, Profile
from lib.scaling import SCALE_IN_COOLDOWN_SECONDS, START_COOLDOWN_SECONDS
from tests.control_plane import serving
from tests.integration.local.deployed import Deployed
from tests.integration.local.parts import REGION, RunningPart, eventually

TIME_SCALE = 30
MOST = 4
PROFILE = Profile(processing=Processing(min_tasks=0, max_tasks=MOST, backlog_per_task=2, lease_seconds=300))
COLD_START_SECONDS = 4
"""Longer than the start alarm takes to act again, shorter than its policy's cooldown."""
WORKER = """
import json, os, time, urllib.request
import boto3

def protect(enabled):
    body = json.dumps({"ProtectionEnabled": enabled, **({"ExpiresInMinutes": 5} if enabled else {})}).encode()
    state = os.environ["ECS_AGENT_URI"] + "/task-protection/v1/state"
    urllib.request.urlopen(urllib.request.Request(state, body, method="PUT")).read()

sqs, url, folder = boto3.client("sqs"), os.environ["QUEUE_URL"], os.environ["FOLDER"]
time.sleep(float(os.environ["COLD_START_SECONDS"]))
while True:
    for message in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", []):
        protect(True)
        while not os.path.exists(f"{folder}/finish-{message['Body']}"):
            time.sleep(0.05)
        open(f"{folder}/finished-{message['Body']}", "w").close()
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        protect(False)
"""
"""Works on a message until it is told to finish it, protected meanwhile."""


class Cloud:
    """The part of the stack that scales, with a worker that needs no database."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        self.folder = folder
        self.deployed = Deployed(PROFILE, endpoint)
        self.queue_url = self.deployed.queues()["video-jobs-queue"]
        self.deployed.topics()
        self.cluster = self.deployed.cluster()
        environment = {
            "AWS_DEFAULT_REGION": REGION,
            "QUEUE_URL": self.queue_url,
            "FOLDER": str(folder),
            "COLD_START_SECONDS": str(COLD_START_SECONDS),
        }
        container = {
            "command": ["python", "-c", WORKER],
            "environment": [{"name": name, "value": value} for name, value in environment.items()],
        }
        self.service = self.deployed.service(self.cluster, container)
        self.deployed.scaling()
        self.deployed.alarms()
        self.changes: list[tuple[float, int]] = []
        """When the desired count changed, and to what."""
        self._stop = threading.Event()
        self._watcher = threading.Thread(target=self._watch)
        self._watcher.start()

    def close(self) -> None:
        self._stop.set()
        self._watcher.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.1):
            desired = self.counts()[0]
            if not self.changes or self.changes[-1][1] != desired:
                self.changes.append((time.monotonic(), desired))

    def counts(self) -> tuple[int, int]:
        """How many tasks are wanted, and how many run."""
        ecs: Any = self.deployed.client("ecs")
        (service,) = ecs.describe_services(cluster=self.cluster, services=[self.service])["services"]
        return service["desiredCount"], service["runningCount"]

    def wanted(self) -> list[int]:
        """The desired counts so far."""
        return [count for _, count in self.changes]

    def messages(self) -> tuple[int, int]:
        """How many messages wait, and how many are worked on."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.deployed.client("sqs").get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=names)
        waiting, in_flight = (int(attributes["Attributes"][name]) for name in names)
        return waiting, in_flight

    def send(self, *bodies: str) -> None:
        entries = [{"Id": body, "MessageBody": body} for body in bodies]
        self.deployed.client("sqs").send_message_batch(QueueUrl=self.queue_url, Entries=entries)

    def finish(self, *bodies: str) -> None:
        for body in bodies:
            (self.folder / f"finish-{body}").touch()

    def finished(self) -> set[str]:
        return {file.name.removeprefix("finished-") for file in self.folder.glob("finished-*")}


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with serving() as endpoint:
        cloud = Cloud(endpoint, tmp_path)
        scale = ("--time-scale", str(TIME_SCALE))
        parts = [
            RunningPart("metrics", tmp_path, endpoint, *scale),
            RunningPart("ecs", tmp_path, endpoint),
            RunningPart("scaling", tmp_path, endpoint, *scale),
        ]
        try:
            yield cloud
        finally:
            cloud.close()
            for part in parts:
                part.terminate()


def test_workers_come_with_the_work_and_go_with_it_and_none_is_taken_from_its_work(cloud: Cloud) -> None:
    long, *short = (f"m{number}" for number in range(10))

    # From none to one, once, however long it takes to start.
    time.sleep(2)
    assert cloud.wanted() == [0]
    cloud.send(long)
    eventually(lambda: cloud.messages() == (0, 1), 30)
    assert cloud.wanted() == [0, 1]
    assert COLD_START_SECONDS < START_COOLDOWN_SECONDS / TIME_SCALE

    # With the backlog to the bound.
    cloud.send(*short)
    eventually(lambda: cloud.counts() == (MOST, MOST), 30)
    eventually(lambda: cloud.messages() == (len(short) - MOST + 1, MOST), 30)

    # Back, by as many as surely idle, one cooldown apart; the busy one stays.
    cloud.finish(*short)
    eventually(lambda: cloud.finished() == set(short), 30)
    eventually(lambda: len(cloud.changes) == 5, 60)
    assert cloud.wanted() == [0, 1, MOST, 2, 1]
    (first, _), (second, _) = cloud.changes[-2:]
    assert second - first >= SCALE_IN_COOLDOWN_SECONDS / TIME_SCALE - 0.5
    eventually(lambda: cloud.counts() == (1, 1), 10)
    assert cloud.messages() == (0, 1)

    # To none when it is idle too.
    cloud.finish(long)
    eventually(lambda: cloud.finished() == {long, *short}, 10)
    eventually(lambda: len(cloud.changes) == 6, 60)
    eventually(lambda: cloud.counts() == (0, 0), 10)
    assert cloud.wanted() == [0, 1, MOST, 2, 1, 0]
    assert cloud.messages() == (0, 0)
