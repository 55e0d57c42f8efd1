"""The client: submits jobs, some of them again, and cancels some, while faults are injected."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import psycopg
from botocore.exceptions import BotoCoreError, ClientError

from lib.contracts.identity import job_id as job_id_of
from lib.contracts.records import Location, ObjectLocation, VideoSubmitted
from lib.contracts.states import FINAL_JOB_STATES, JobState
from streamflix_cli.pipeline.stream import Producer
from tests.chaos.environment import Environment, make_client
from tests.chaos.history import Accepted
from tests.chaos.inputs import Order, make_inputs, orders, source, wrong_digest

AT_ONCE = 12
"""Jobs under way: enough to keep all workers busy, and few enough that a job never waits long for its turn."""
DELIVERY_SECONDS = 5.0
"""A submission that the database does not know by then was held up by a fault."""
PAUSE_SECONDS = 0.2
SUBMITTER = "person:00000000000000c4"
REFUSED = (BotoCoreError, ClientError)

Answer = TypeVar("Answer")


@dataclass
class _Followed:
    """A job that the client comes back to."""

    order: Order
    job_id: str
    due: float


@dataclass
class Workload:
    """Submits the orders of a seed.

    Attributes:
        environment: Where to.
        proxy: URL under which the client reaches Kinesis.
        folder: For the input files.
        seed: Of the orders.
        stop: Ends everything soon.
        accepted: Submissions that the stream acknowledged.
        submitted: How many jobs they are of.
        states: Of all jobs, as last seen.
    """

    environment: Environment
    proxy: str
    folder: Path
    seed: int
    stop: threading.Event
    accepted: list[Accepted] = field(default_factory=list)
    submitted: int = 0
    states: dict[str, JobState] = field(default_factory=dict)
    _followed: list[_Followed] = field(default_factory=list)
    _sent: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        outputs = self.environment.outputs
        self._producer = Producer(make_client("kinesis", self.proxy), outputs["stream_name"])
        self._files = make_inputs(self.folder)
        self._digests = {name: sha256(path.read_bytes()).hexdigest() for name, path in self._files.items()}
        self._objects = {name: self._upload(path) for name, path in self._files.items()}

    def run(self, *, enough: Callable[[], bool]) -> None:
        """Submits until there is enough, and until all is cancelled that is to be."""
        for order in orders(self.seed):
            while self._under_way() >= AT_ONCE and not enough() and not self.stop.wait(PAUSE_SECONDS):
                self.follow_up()
            if enough() or self.stop.is_set():
                break
            self._submit(order, with_rights=order.shape not in {"without rights", "rights come later"})
            self.submitted += 1
            self.follow_up()
        while any(one.order.shape == "cancelled" for one in self._followed) and not self.stop.wait(PAUSE_SECONDS):
            self.follow_up()

    def follow_up(self) -> None:
        """Cancels what is due, and gives those the rights that are held for want of them."""
        for one in list(self._followed):
            if one.order.shape == "cancelled" and time.monotonic() >= one.due:
                self._followed.remove(one)
                self._cancel(one.job_id)
            elif one.order.shape == "rights come later" and self.states.get(one.job_id) == "held":
                self._followed.remove(one)
                self._submit(one.order, with_rights=True)

    def look(self) -> None:
        """Reads the jobs' states; those last seen stand while the database does not answer."""
        try:
            with self.environment.database() as connection:
                rows = connection.execute("SELECT job_id::text, state FROM job").fetchall()
        except psycopg.OperationalError:
            return
        self.states = {row["job_id"]: row["state"] for row in rows}

    def unfinished(self) -> set[str]:
        """Accepted jobs that had not ended when their states were last seen."""
        return {one.job_id for one in self.accepted if self.states.get(one.job_id) not in FINAL_JOB_STATES}

    def _under_way(self) -> int:
        """Jobs that the database knows, and those that must be on their way to it.

        A submission that was taken off the queue comes with the pipe's next replay; nothing waits for it.
        """
        self.look()
        on_their_way = [job_id for job_id, at in self._sent.items() if time.monotonic() - at < DELIVERY_SECONDS]
        unknown = [job_id for job_id in on_their_way if job_id not in self.states]
        return len(unknown) + sum(state not in FINAL_JOB_STATES for state in self.states.values())

    def _submit(self, order: Order, *, with_rights: bool) -> None:
        path, content = self._files[order.file], order.content(with_rights=with_rights)
        digest = wrong_digest(order) if order.shape == "wrong checksum" else self._digests[order.file]
        ladder = str(self.environment.outputs["ladder_version"])
        job_id = job_id_of(order.content_id, digest, ladder)
        location: Location = self._objects[order.file]
        if order.streamed:
            location = self._insist(lambda: self._producer.send(source(path, content), lambda _: None))
        record = VideoSubmitted(
            job_id=job_id,
            content=content,
            file_name=path.name,
            size=path.stat().st_size,
            sha256=digest,
            ladder_version=ladder,
            priority=order.priority,
            location=location,
            submitted_at=datetime.now(UTC),
            submitted_by=SUBMITTER,
        )
        for _ in range(order.copies):
            self._insist(lambda: self._producer.submit(record))
            self.accepted.append(Accepted(str(job_id), order.content_id, digest, ladder, order.ends))
        self._sent[str(job_id)] = time.monotonic()
        if order.shape == "cancelled" or (order.shape == "rights come later" and not with_rights):
            self._followed.append(_Followed(order, str(job_id), time.monotonic() + order.delay))

    def _insist(self, call: Callable[[], Answer]) -> Answer:
        """Calls until it is acknowledged, as a client that is told of a failure does."""
        while True:
            try:
                return call()
            except REFUSED:
                if self.stop.wait(PAUSE_SECONDS):
                    raise

    def _cancel(self, job_id: str) -> None:
        """As an operator does; a job that has ended, or is not there yet, stays as it is."""
        outputs = self.environment.outputs
        try:
            self.environment.client("rds-data").execute_statement(
                resourceArn=outputs["database_cluster_arn"],
                secretArn=outputs["operator_secret_arn"],
                database=outputs["database_name"],
                sql="SELECT operator_cancel(CAST(:job AS uuid), :actor)",
                parameters=[
                    {"name": "job", "value": {"stringValue": job_id}},
                    {"name": "actor", "value": {"stringValue": SUBMITTER}},
                ],
            )
        except REFUSED:
            return

    def _upload(self, path: Path) -> ObjectLocation:
        bucket, key = str(self.environment.outputs["raw_bucket"]), f"uploads/chaos/{path.name}"
        stored = self.environment.client("s3").put_object(Bucket=bucket, Key=key, Body=path.read_bytes())
        return ObjectLocation(bucket=bucket, key=key, version_id=stored["VersionId"])
