"""The Kinesis stream: its records, and the videos that came through it, put together again."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from botocore.exceptions import ClientError

from lib.contracts.records import ChunkRange, StreamLocation, UndecodableError, parse_chunk
from lib.worker.errors import RejectedError
from lib.worker.objects import check

GONE = {"InvalidArgumentException", "ResourceNotFoundException"}
"""Error codes of Kinesis for a range that lies before the stream's retention, or whose shard or stream is gone."""
LIMIT = 10
"""Records an answer: a few MiB, whoever shares the shard."""
PAUSE_SECONDS = 0.2
"""A shard answers five GetRecords a second, all readers together."""
NAMED_NUMBERS = 10


@dataclass(frozen=True)
class Record:
    """A record of the stream."""

    sequence_number: str
    partition_key: str
    data: bytes


class Stream:
    """Reads records, and puts chunks together.

    Args:
        kinesis: Client.
    """

    def __init__(self, kinesis: Any) -> None:
        self._kinesis = kinesis

    def assemble(self, location: StreamLocation, path: Path, *, cancel: Event) -> str:
        """Writes a video from its chunks, in whatever order they lie. Needs twice its size on the disk.

        Returns:
            SHA-256 of the video.

        Raises:
            RejectedError: `CHUNKS_MISSING`.
            CancelledError: The work was told to stop.
            ClientError: Kinesis failed, beyond all retries.
        """
        spool = path.with_suffix(".spool")
        # Where each chunk lies in the spool: offset and bytes.
        places: dict[int, tuple[int, int]] = {}
        with spool.open("w+b") as spooled, path.open("wb") as file:
            for number, content in self._chunks(location, cancel):
                if number < location.chunks and number not in places:
                    places[number] = (spooled.tell(), len(content))
                    spooled.write(content)
            missing = [number for number in range(location.chunks) if number not in places]
            if missing:
                named = ", ".join(map(str, missing[:NAMED_NUMBERS])) + (", …" if len(missing) > NAMED_NUMBERS else "")
                raise RejectedError(
                    "CHUNKS_MISSING",
                    f"{len(missing)} of {location.chunks} chunks are not in the stream (any more): {named}. "
                    "Submit the video again.",
                )
            digest = hashlib.sha256()
            for number in range(location.chunks):
                offset, size = places[number]
                spooled.seek(offset)
                content = spooled.read(size)
                digest.update(content)
                file.write(content)
        spool.unlink()
        return digest.hexdigest()

    def _chunks(self, location: StreamLocation, cancel: Event) -> Iterator[tuple[int, bytes]]:
        for chunk_range in location.ranges:
            for record in self.records(location.stream, chunk_range, cancel=cancel):
                try:
                    upload_id, number, content = parse_chunk(record.data)
                except UndecodableError:
                    continue
                if upload_id == location.upload_id:
                    yield number, content

    def records(self, stream: str, chunk_range: ChunkRange, *, cancel: Event) -> Iterator[Record]:
        """Reads what the stream still has of a range, in order; without an error if that is nothing.

        Raises:
            CancelledError: The work was told to stop.
            ClientError: Kinesis failed, beyond all retries.
        """
        last = int(chunk_range.last)
        try:
            iterator = self._kinesis.get_shard_iterator(
                StreamName=stream,
                ShardId=chunk_range.shard_id,
                ShardIteratorType="AT_SEQUENCE_NUMBER",
                StartingSequenceNumber=chunk_range.first,
            )["ShardIterator"]
        except ClientError as error:
            if error.response["Error"]["Code"] in GONE:
                return
            raise
        # A closed shard ends without an iterator.
        while iterator:
            check(cancel)
            answer = self._kinesis.get_records(ShardIterator=iterator, Limit=LIMIT)
            for record in answer["Records"]:
                if int(record["SequenceNumber"]) > last:
                    return
                yield Record(record["SequenceNumber"], record["PartitionKey"], record["Data"])
                if int(record["SequenceNumber"]) == last:
                    return
            # Kinesis answers with nothing now and then; only at the tip is there nothing more.
            if not answer["Records"] and answer["MillisBehindLatest"] == 0:
                return
            iterator = answer.get("NextShardIterator")
            if not answer["Records"]:
                time.sleep(PAUSE_SECONDS)
