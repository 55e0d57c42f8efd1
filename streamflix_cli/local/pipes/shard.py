"""Reads one shard for one pipe."""

import logging
import threading
import time
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from streamflix_cli.local.part import Client
from streamflix_cli.local.pipes.checkpoints import Checkpoints
from streamflix_cli.local.pipes.delivery import Delivery
from streamflix_cli.local.pipes.envelope import Envelope, Filter, envelope
from streamflix_cli.local.pipes.reports import Metrics

POLL_SECONDS = 0.5
READ_LIMIT = 100
"""Records a call; Kinesis itself returns no more than 10 MB at once."""
PAUSE_AFTER_ERROR_SECONDS = 1.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """What a pipe reads, and how.

    Attributes:
        pipe_key: Name of the pipe's checkpoints.
        stream_arn: The stream.
        role_arn: The pipe's role, which stands in each event.
        position: `ShardIteratorType` and `Timestamp` of a shard without a checkpoint.
        filter: Which records pass.
        batch_size: Records in a batch, at most.
        window_seconds: How long a batch waits to become full.
    """

    pipe_key: str
    stream_arn: str
    role_arn: str
    position: dict[str, Any]
    filter: Filter
    batch_size: int
    window_seconds: float

    @property
    def stream(self) -> str:
        """Name of the stream."""
        return self.stream_arn.rpartition("/")[2]


class ShardReader:
    """Reads a shard from its checkpoint on and delivers what passes the filter, in order, at least once.

    The checkpoint moves only past records that were delivered, given up or filtered out.

    Args:
        kinesis: Client of Kinesis.
        source: What to read.
        shard_id: The shard.
        delivery: Where batches go.
        checkpoints: Where the progress is kept.
        metrics: Where reads are counted.
        stop: Ends the reading.
    """

    def __init__(
        self,
        kinesis: Client,
        source: Source,
        shard_id: str,
        *,
        delivery: Delivery,
        checkpoints: Checkpoints,
        metrics: Metrics,
        stop: threading.Event,
    ) -> None:
        self._kinesis = kinesis
        self._source = source
        self._shard_id = shard_id
        self._delivery = delivery
        self._checkpoints = checkpoints
        self._metrics = metrics
        self._stop = stop
        self._batch: list[Envelope] = []
        self._batch_due = 0.0
        self._iterator: str | None = None

    def run(self) -> None:
        """Reads until it is stopped. After an error it starts again from the checkpoint."""
        while not self._stop.is_set():
            try:
                self._step()
            except (BotoCoreError, ClientError) as error:
                logger.warning("%s %s: %s", self._source.stream, self._shard_id, error)
                self._iterator, self._batch = None, []
                self._stop.wait(PAUSE_AFTER_ERROR_SECONDS)

    def _step(self) -> None:
        if self._iterator is None:
            self._iterator = self._first_iterator()
        answer = self._kinesis.get_records(ShardIterator=self._iterator, Limit=READ_LIMIT)
        records = answer["Records"]
        age = time.time() - records[-1]["ApproximateArrivalTimestamp"].timestamp() if records else 0
        self._metrics.read(self._source.stream, age)
        done = None
        for record in records:
            self._take(record)
            if len(self._batch) >= self._source.batch_size and not self._flush():
                return
            if not self._batch:
                done = record["SequenceNumber"]
        if done is not None:
            self._checkpoints.write(self._source.pipe_key, self._shard_id, done)
        self._iterator = answer["NextShardIterator"]
        if self._batch and time.monotonic() >= self._batch_due and not self._flush():
            return
        if not records:
            left = self._batch_due - time.monotonic() if self._batch else POLL_SECONDS
            self._stop.wait(min(max(left, 0), POLL_SECONDS))

    def _first_iterator(self) -> str:
        checkpoint = self._checkpoints.read(self._source.pipe_key, self._shard_id)
        position = (
            {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": checkpoint}
            if checkpoint
            else self._source.position
        )
        iterator: str = self._kinesis.get_shard_iterator(
            StreamName=self._source.stream, ShardId=self._shard_id, **position
        )["ShardIterator"]
        return iterator

    def _take(self, record: dict[str, Any]) -> None:
        event = envelope(
            record, stream_arn=self._source.stream_arn, shard_id=self._shard_id, role_arn=self._source.role_arn
        )
        if self._source.filter.passes(record, event):
            if not self._batch:
                self._batch_due = time.monotonic() + self._source.window_seconds
            self._batch.append(event)

    def _flush(self) -> bool:
        if not self._delivery.deliver(self._batch):
            return False
        self._checkpoints.write(self._source.pipe_key, self._shard_id, self._batch[-1]["sequenceNumber"])
        self._batch = []
        return True
