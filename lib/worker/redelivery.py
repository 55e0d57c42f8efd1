"""Submissions that the pipe gave up. Each letter in its dead-letter queue says where in the stream they lie, and the
stream still has them for a while: they are read again, and stored as if the pipe had delivered them."""

import logging
import time
from threading import Event
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lib.contracts.messages import Submission
from lib.contracts.records import (
    SAID_CHARACTERS,
    SUBMISSION_KEY_PREFIX,
    ChunkRange,
    UndecodableError,
    parse_submission,
)
from lib.worker import logs
from lib.worker.store import Store
from lib.worker.stream import Stream

logger = logging.getLogger(__name__)
RECEIVE_MESSAGES = 10
"""Most that one ReceiveMessage returns (SQS API reference)."""
RUN_SECONDS = 240
"""No more letters are received later in a run: they are for the next one, 5 minutes later at the earliest."""
HIDDEN_SECONDS = 900
"""Of a letter that was received: longer than any run, so that none is met twice in it."""
PAUSE_SECONDS = 0.5
"""Between letters: a shard answers five GetRecords a second, and pipe and workers read it as well."""
_NAMES = {
    "shard_id": "shardId",
    "first": "startSequenceNumber",
    "last": "endSequenceNumber",
    "size": "batchSize",
    "arrived": "approximateArrivalOfFirstRecord",
    "stream_arn": "streamArn",
}


class _Batch(ChunkRange):
    """Records that the pipe gave up. Between the first and the last there may be others that its filter left out."""

    model_config = ConfigDict(alias_generator=_NAMES.__getitem__)

    size: int
    arrived: str
    stream_arn: str


class _Letter(BaseModel):
    """What EventBridge Pipes writes about a batch of a Kinesis stream; there is more in it, as why it gave up."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    batch: _Batch = Field(alias="KinesisBatchInfo")


class Redelivery:
    """Follows the letters in the pipe's dead-letter queue.

    A letter is deleted only once all its submissions are stored. To store one twice changes nothing, so a run may
    break off anywhere. A letter that only a person can settle stays, so that the queue's alarm rings on, and holds
    up no other.

    Args:
        sqs: Client.
        url: Of the queue.
        stream: Reads the records again.
        stream_name: The environment's own; no other is read.
        store: Takes the submissions.
    """

    def __init__(self, sqs: Any, url: str, *, stream: Stream, stream_name: str, store: Store) -> None:
        self._sqs = sqs
        self._url = url
        self._stream = stream
        self._stream_name = stream_name
        self._store = store

    def run(self) -> None:
        """Follows each letter once.

        Raises:
            ExceptionGroup: What kept letters from being followed this time.
        """
        errors: list[Exception] = []
        left: list[str] = []
        until = time.monotonic() + RUN_SECONDS
        try:
            while time.monotonic() < until and (messages := self._receive()):
                left += [message["ReceiptHandle"] for message in messages]
                for message in messages:
                    try:
                        unsettled = self._follow(message["Body"])
                    except Exception as error:  # noqa: BLE001 - the next letter may fare better
                        errors.append(error)
                        continue
                    if unsettled:
                        logger.error("A letter of the pipe stays in its dead-letter queue: %s", unsettled)
                        continue
                    self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
                    left.remove(message["ReceiptHandle"])
        finally:
            # Now and not before, when they would have been received again.
            for handle in left:
                self._sqs.change_message_visibility(QueueUrl=self._url, ReceiptHandle=handle, VisibilityTimeout=0)
        if errors:
            raise ExceptionGroup("Letters of the pipe could not be followed", errors)

    def _receive(self) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=RECEIVE_MESSAGES,
            VisibilityTimeout=HIDDEN_SECONDS,
            # Without any wait, SQS asks only some of its servers.
            WaitTimeSeconds=1,
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def _follow(self, body: str) -> str | None:
        """Stores the submissions of a letter. Returns what a person must know and do, if it is not settled."""
        try:
            batch = _Letter.model_validate_json(body).batch
        except ValidationError:
            return f"It names no records. Find out who sent it, then delete it: {body[:SAID_CHARACTERS]}"
        if batch.stream_arn.rpartition("/")[2] != self._stream_name:
            return f"It is about another stream than {self._stream_name}: {batch.stream_arn}. Delete it."
        found: set[str] = set()
        undecodable: list[str] = []
        for record in self._stream.records(self._stream_name, batch, cancel=Event()):
            found.add(record.sequence_number)
            if record.partition_key.startswith(SUBMISSION_KEY_PREFIX):
                try:
                    self._submit(Submission(parse_submission(record.data), record.sequence_number))
                except UndecodableError as error:
                    undecodable.append(f"record {record.sequence_number} of {batch.shard_id} is undecodable: {error}")
        time.sleep(PAUSE_SECONDS)
        if not {batch.first, batch.last} <= found:
            return (
                f"The stream no longer has all of {batch.size} submissions, which arrived from {batch.arrived} on in "
                f"{batch.shard_id} from {batch.first} to {batch.last}. Ingest the videos of that time again (a job "
                "that did arrive is returned as it is), then delete it."
            )
        if undecodable:
            return f"{'; '.join(undecodable)}. Find out who submitted that, then delete it."
        return None

    def _submit(self, submission: Submission) -> None:
        state = self._store.submit(submission)
        with logs.busy_with(job_id=str(submission.record.job_id)):
            logger.info("The pipe gave up a submission of %s: the job is %s", submission.record.content.id, state)
