"""The queues of a pipe: the one it delivers to and the one for what it gives up."""

import json
import logging
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from streamflix_cli.local.part import Client
from streamflix_cli.local.pipes.delivery import Condition
from streamflix_cli.local.pipes.envelope import Envelope
from streamflix_cli.local.pipes.reports import Failure, FailureLog, Metrics

BATCH_LIMIT = 10
"""Messages that SendMessageBatch takes."""
OUTAGE_PAUSE_SECONDS = 1.0

logger = logging.getLogger(__name__)


class Target:
    """Sends events as messages.

    Args:
        sqs: Client of SQS.
        pipe: As DescribePipe returns it.
        metrics: Where executions are counted.
        log: Where failures are written.
        stop: Ends the wait for a control plane that does not answer.
    """

    def __init__(
        self, sqs: Client, pipe: dict[str, Any], *, metrics: Metrics, log: FailureLog, stop: threading.Event
    ) -> None:
        self._sqs = sqs
        self._pipe = pipe
        self._metrics = metrics
        self._log = log
        self._stop = stop

    def send(self, events: Sequence[Envelope]) -> Sequence[Envelope]:
        """Sends a batch of at most 10, each event as a message of its own.

        Returns:
            The events that the queue did not take.
        """
        entries = [{"Id": str(index), "MessageBody": json.dumps(event)} for index, event in enumerate(events)]

        def call() -> dict[str, Any]:
            answer: dict[str, Any] = self._sqs.send_message_batch(
                QueueUrl=self._url(self._pipe["Target"]), Entries=entries
            )
            return answer

        try:
            refused = {one["Id"]: one for one in self._through_outage(call).get("Failed", [])}
        except ClientError as error:
            self._record("ExecutionFailed", events, str(error))
            return events
        if not refused:
            self._metrics.executed(self._pipe["Name"], events=len(events), failure=None)
            return ()
        message = "; ".join(f"{one['Code']}: {one.get('Message', '')}" for one in refused.values())
        partly = len(refused) < len(events)
        self._record("ExecutionPartiallyFailed" if partly else "ExecutionFailed", events, message)
        return [event for index, event in enumerate(events) if str(index) in refused]

    def discard(self, events: Sequence[Envelope], condition: Condition) -> None:
        """Tells the dead-letter queue, if there is one, which records were given up; their data stays in the stream."""
        parameters = self._pipe["SourceParameters"]["KinesisStreamParameters"]
        arn = parameters.get("DeadLetterConfig", {}).get("Arn")
        logger.warning("%s gives up %d records: %s", self._pipe["Name"], len(events), condition)
        if not arn:
            return
        first, last = events[0], events[-1]
        letter = {
            "context": {"partnerResourceArn": self._pipe["Arn"], "condition": condition},
            "version": "1.0",
            "timestamp": _iso(datetime.now(UTC).timestamp()),
            "KinesisBatchInfo": {
                "shardId": first["eventID"].partition(":")[0],
                "startSequenceNumber": first["sequenceNumber"],
                "endSequenceNumber": last["sequenceNumber"],
                "approximateArrivalOfFirstRecord": _iso(first["approximateArrivalTimestamp"]),
                "approximateArrivalOfLastRecord": _iso(last["approximateArrivalTimestamp"]),
                "batchSize": len(events),
                "streamArn": first["eventSourceARN"],
            },
        }
        try:
            self._through_outage(
                lambda: self._sqs.send_message(QueueUrl=self._url(arn), MessageBody=json.dumps(letter))
            )
        except ClientError as error:
            logger.warning("%s has lost a dead letter: %s", self._pipe["Name"], error)

    def _through_outage(self, call: Callable[[], Any]) -> Any:
        """Repeats a call that nobody answers: Pipes counts an error of its own against no limit.

        Raises:
            ClientError: The service refused.
            BotoCoreError: It still does not answer and this process is to end.
        """
        while True:
            try:
                return call()
            except BotoCoreError:
                if self._stop.wait(OUTAGE_PAUSE_SECONDS):
                    raise

    def _url(self, arn: str) -> str:
        url: str = self._sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
        return url

    def _record(self, failure: Failure, events: Sequence[Envelope], message: str) -> None:
        logger.warning("%s: %s of %d events: %s", self._pipe["Name"], failure, len(events), message)
        self._metrics.executed(self._pipe["Name"], events=len(events), failure=failure)
        self._log.write(failure, service="sqs", message=message)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
