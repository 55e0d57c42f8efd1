"""Videos into the stream, in chunks, and the record that submits one."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from lib.contracts.records import (
    CHUNK_BYTES,
    CHUNK_KEY_PREFIX,
    SUBMISSION_KEY_PREFIX,
    ChunkRange,
    StreamLocation,
    VideoSubmitted,
    chunk_data,
)
from streamflix_cli.errors import StreamflixError
from streamflix_cli.pipeline.content import record_too_large
from streamflix_cli.pipeline.sources import Source

BATCH_RECORDS = 500
BATCH_BYTES = 5 * 1024 * 1024
"""Of one PutRecords call, partition keys included (Kinesis API reference, PutRecords)."""
SHARD_BYTES_PER_SECOND = 1_000_000
SHARD_RECORDS_PER_SECOND = 1_000
"""What a shard takes (Kinesis developer guide, "Quotas and limits"). All chunks of a video go to one shard."""
BACKOFF_BASE_SECONDS, BACKOFF_CAP_SECONDS = 0.2, 5.0
MOST_ATTEMPTS = 20
"""Of one batch: a minute of refusals."""

Advance = Callable[[int], None]
"""Takes how many more bytes of video have arrived."""
Sequenced = tuple[str, str]
"""Shard and sequence number of a record in the stream."""


@dataclass
class Pace:
    """Keeps what is sent within what a shard takes: at most one second's worth at once, refilled with time.

    Args:
        clock: Seconds, for tests.
        sleep: Waits so many seconds, for tests.
    """

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _free_at: float = field(default=0.0, init=False)

    def wait_for(self, size: int, records: int) -> None:
        """Waits until the shard can take `size` bytes in so many records."""
        seconds = max(size / SHARD_BYTES_PER_SECOND, records / SHARD_RECORDS_PER_SECOND)
        now = self.clock()
        # What is sent occupies the shard; a second of it may lie ahead.
        self._free_at = max(self._free_at, now) + seconds
        if (ahead := self._free_at - now - 1.0) > 0:
            self.sleep(ahead)


class Producer:
    """Puts records into one stream.

    Args:
        kinesis: boto3 client.
        stream: Name of the stream.
        pace: Limits the rate.
    """

    def __init__(self, kinesis: Any, stream: str, pace: Pace | None = None) -> None:
        self._kinesis = kinesis
        self._stream = stream
        self._pace = pace or Pace()

    def send(self, source: Source, advance: Advance) -> StreamLocation:
        """Sends a video in chunks, in order. An empty file is one empty chunk.

        Raises:
            StreamflixError: `FILE_UNREADABLE`, `FILE_CHANGED`, `STREAM_BUSY`.
            botocore.exceptions.ClientError: Kinesis refuses it.
        """
        upload_id = str(uuid4())
        sent: list[Sequenced] = []
        with source.open() as file:
            parts = source.pieces(file, CHUNK_BYTES) if source.size else iter([b""])
            key = CHUNK_KEY_PREFIX + upload_id
            records = ((chunk_data(upload_id, number, part), len(part)) for number, part in enumerate(parts))
            for batch in batches(records, overhead=len(key)):
                self._pace.wait_for(sum(len(data) + len(key) for data, _ in batch), len(batch))
                sent += self._put([data for data, _ in batch], key)
                advance(sum(size for _, size in batch))
            source.check_unchanged(file)
        return StreamLocation(stream=self._stream, upload_id=upload_id, chunks=len(sent), ranges=ranges(sent))

    def submit(self, record: VideoSubmitted) -> None:
        """Puts the record that submits a video; whatever it names is where it says.

        Raises:
            StreamflixError: `RECORD_TOO_LARGE`.
            botocore.exceptions.ClientError: Kinesis refuses it.
        """
        try:
            data = record.to_bytes()
        except ValueError as error:
            raise record_too_large(record.file_name, len(record.model_dump_json().encode())) from error
        self._kinesis.put_record(
            StreamName=self._stream, Data=data, PartitionKey=f"{SUBMISSION_KEY_PREFIX}{record.job_id}"
        )

    def _put(self, batch: Sequence[bytes], key: str) -> list[Sequenced]:
        """Puts a batch; what Kinesis refuses of it is put again, before anything that follows."""
        taken: dict[int, Sequenced] = {}
        for attempt in range(MOST_ATTEMPTS):
            waiting = [index for index in range(len(batch)) if index not in taken]
            if not waiting:
                break
            if attempt:
                # Full jitter: producers that were refused together do not come back together.
                ceiling = min(BACKOFF_CAP_SECONDS, BACKOFF_BASE_SECONDS * 2**attempt)
                self._pace.sleep(random.uniform(0, ceiling))  # noqa: S311
            answer = self._kinesis.put_records(
                StreamName=self._stream,
                Records=[{"Data": batch[index], "PartitionKey": key} for index in waiting],
            )
            for index, one in zip(waiting, answer["Records"], strict=True):
                if "SequenceNumber" in one:
                    taken[index] = (one["ShardId"], one["SequenceNumber"])
                else:
                    refusal = f"{one['ErrorCode']}: {one.get('ErrorMessage', '')}"
        if len(taken) < len(batch):
            raise StreamflixError(
                "STREAM_BUSY",
                f"The stream {self._stream} did not take a record in {MOST_ATTEMPTS} attempts: {refusal}",
                hint="Try again later, send it by `--transport object`, or give the stream more shards.",
            )
        return [taken[index] for index in range(len(batch))]


def batches(records: Iterator[tuple[bytes, int]], *, overhead: int) -> Iterator[list[tuple[bytes, int]]]:
    """Groups records into PutRecords calls: what a call takes, and a shard in a second.

    Args:
        records: Each record's data, and how many bytes of video are in it.
        overhead: Bytes of each record's partition key.
    """
    most_bytes = min(BATCH_BYTES, SHARD_BYTES_PER_SECOND)
    batch: list[tuple[bytes, int]] = []
    size = 0
    for data, video in records:
        if batch and (size + len(data) + overhead > most_bytes or len(batch) == BATCH_RECORDS):
            yield batch
            batch, size = [], 0
        batch.append((data, video))
        size += len(data) + overhead
    if batch:
        yield batch


def ranges(sent: Sequence[Sequenced]) -> tuple[ChunkRange, ...]:
    """First and last sequence number in each shard. Numbers are compared as such: as text 9 would follow 10."""
    by_shard: dict[str, list[str]] = {}
    for shard, number in sent:
        by_shard.setdefault(shard, []).append(number)
    return tuple(
        ChunkRange(shard_id=shard, first=min(numbers, key=int), last=max(numbers, key=int))
        for shard, numbers in sorted(by_shard.items())
    )
