"""The jobs queue. A message tells that there is work; what it is, the database knows."""

import re
from dataclasses import dataclass
from typing import Any

from lib.contracts.messages import TaskReady

LONG_POLL_SECONDS = 20
"""The longest that SQS waits for a message."""
MESSAGE_BYTES = 256 * 1024
"""The queues' largest message, attributes with their names and types included."""
REASON_CHARACTERS = 1000

_UNSENDABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What SQS takes in no text (SQS API reference, SendMessage)."""


@dataclass(frozen=True)
class Message:
    """A received message, hidden from others until its visibility timeout."""

    body: str
    receipt_handle: str


class JobsQueue:
    """Receives and sends messages of the jobs queue.

    Args:
        sqs: Client.
        url: Of the queue.
        hasty: A client that gives up soon, for what heartbeats do: they have the lease to renew.
    """

    def __init__(self, sqs: Any, url: str, *, hasty: Any) -> None:
        self._sqs = sqs
        self._url = url
        self._hasty = hasty

    def receive(self, *, wait_seconds: int) -> Message | None:
        """Waits for one message, `LONG_POLL_SECONDS` at most."""
        answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=1, WaitTimeSeconds=wait_seconds)
        for message in answer.get("Messages", []):
            return Message(body=message["Body"], receipt_handle=message["ReceiptHandle"])
        return None

    def delete(self, message: Message) -> None:
        """Its work is done, or there was none."""
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message.receipt_handle)

    def hide(self, message: Message, seconds: int) -> None:
        """Hides it for so long from now; 0 shows it to other workers at once.

        SQS shows a message again 12 hours after it was received, whatever is done.
        """
        self._hasty.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=message.receipt_handle, VisibilityTimeout=seconds
        )

    def ring(self, *, delay_seconds: int = 0) -> None:
        """Tells the workers, after a delay of 900 s at most, that a task can be claimed."""
        self._sqs.send_message(
            QueueUrl=self._url,
            MessageBody=TaskReady().model_dump_json(),
            DelaySeconds=delay_seconds,
        )

    def waiting(self) -> int:
        """Messages that nobody has received yet, delayed ones included; approximately, as SQS counts.

        Asking keeps a queue that nobody uses awake: SQS reports no metrics six hours after the last call.
        """
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"]
        answer = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)


class DeadLetters:
    """Sends to the dead-letter queue: messages that nobody understands, and jobs that are given up.

    Args:
        sqs: Client.
        url: Of the queue.
    """

    def __init__(self, sqs: Any, url: str) -> None:
        self._sqs = sqs
        self._url = url

    def send(self, body: str, *, reason: str) -> None:
        """Sends a message with its reason as the attribute `reason`, shortened to what room the message leaves."""
        room = MESSAGE_BYTES - len(body.encode()) - len("reasonString")
        said = _UNSENDABLE.sub("\ufffd", reason)[:REASON_CHARACTERS].encode()[: max(0, room)].decode(errors="ignore")
        attributes = {"reason": {"DataType": "String", "StringValue": said}} if said else {}
        self._sqs.send_message(
            QueueUrl=self._url, MessageBody=_UNSENDABLE.sub("\ufffd", body), MessageAttributes=attributes
        )
