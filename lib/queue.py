"""SQS queues: encrypted, TLS only, with a dead-letter queue where a consumer may fail."""

import json
from functools import cached_property
from typing import Any

from lib.alarms import metric_alarm
from lib.cdk import CloudwatchMetricAlarm, Construct, SqsQueue
from lib.encryption import Encryption
from lib.iam import ServiceRole, Statement
from lib.naming import Naming, ResourceName
from lib.place import Place
from lib.tags import data_class

RETENTION_SECONDS = 14 * 86_400
"""The longest that SQS keeps a message (SQS quotas): nothing is lost over a long weekend."""
LONG_POLL_SECONDS = 20
"""The longest wait of a receive (SQS quotas)."""
DATA_KEY_REUSE_SECONDS = 300

DEAD_LETTERS: dict[ResourceName, str] = {
    "video-jobs-dead-letter-queue": "Jobs whose attempts are used up, or messages that no worker understood. "
    "`streamflix jobs list --state dead` shows why; once that is mended, `streamflix jobs redrive` begins them again.",
    "pipe-dead-letter-queue": "Submissions that the pipe could not deliver; its log says why. Housekeeping reads them "
    "again from the stream and empties the queue. What it leaves there it cannot settle: "
    "`streamflix logs --task housekeep` says why, and what to do.",
    "rotation-dead-letter-queue": "A database password could not be rotated; the one in use stays valid. The rotation "
    "function's log says why. Rotate the secret again in Secrets Manager, then delete the messages.",
    "housekeep-dead-letter-queue": "Housekeeping could not be started; each message's attributes say why. The "
    "schedule goes on by itself: mend what they name, then delete the messages.",
}
"""What the alarm on each dead-letter queue says: what lies there, and what to do."""


class Queue(Construct):
    """A standard queue, with its own dead-letter queue where one is named.

    Args:
        naming: Names of the environment.
        place: Account and region. The queue's ARN is built from it where the resource's own would come too
            late: a queue and its dead-letter queue name each other, the queue's policy names the queue, and
            grants must have spread through IAM before what uses them is made.
        name: Name of the queue.
        encryption: Key that encrypts the messages.
        visibility_seconds: How long a received message stays hidden, 0 to 43,200.
        dead_letter: Name of the queue for messages that were received too often.
        max_receive_count: Receives before that, 1 to 1,000.
        oldest_message_seconds: Alarm when a message waits longer than this.
        source_arn: The one queue that may name this one as its dead-letter queue.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        naming: Naming,
        place: Place,
        name: ResourceName,
        encryption: Encryption,
        visibility_seconds: int = 30,
        dead_letter: ResourceName | None = None,
        max_receive_count: int = 5,
        oldest_message_seconds: int | None = None,
        source_arn: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        self._name = name
        self._encryption = encryption
        self.alarms: list[CloudwatchMetricAlarm] = []
        self.dead_letter: Queue | None = None
        self._built_arn = place.arn("sqs", naming.of(name))
        if dead_letter is not None:
            self.dead_letter = DeadLetterQueue(
                self,
                "dead-letters",
                naming=naming,
                place=place,
                name=dead_letter,
                encryption=encryption,
                source_arn=self._built_arn,
            )
            self.alarms += self.dead_letter.alarms
        self._queue = SqsQueue(
            self,
            "queue",
            name=naming.of(name),
            kms_master_key_id=encryption.key_arn,
            kms_data_key_reuse_period_seconds=DATA_KEY_REUSE_SECONDS,
            receive_wait_time_seconds=LONG_POLL_SECONDS,
            message_retention_seconds=RETENTION_SECONDS,
            visibility_timeout_seconds=visibility_seconds,
            redrive_policy=_redrive_policy(self.dead_letter, max_receive_count),
            # Inline, like the policy: as resources of their own each costs a wait of 25 s, and the queue
            # would stand open to plain HTTP meanwhile.
            redrive_allow_policy=_redrive_allow_policy(source_arn),
            policy=_tls_only(self._built_arn),
            tags=data_class("internal"),
        )
        if oldest_message_seconds is not None:
            self.alarms.append(
                metric_alarm(
                    self,
                    "oldest-message",
                    naming=naming,
                    description=f"A message in {naming.of(name)} has waited for more than {oldest_message_seconds} s. "
                    "`streamflix status` shows whether workers run, `streamflix logs` what they are busy with.",
                    namespace="AWS/SQS",
                    metric="ApproximateAgeOfOldestMessage",
                    dimensions={"QueueName": self.name},
                    statistic="Maximum",
                    threshold=oldest_message_seconds,
                )
            )

    @cached_property
    def url(self) -> str:
        """URL of the queue."""
        return str(self._queue.url)

    @cached_property
    def arn(self) -> str:
        """ARN of the queue."""
        return str(self._queue.arn)

    @cached_property
    def name(self) -> str:
        """Name of the queue."""
        return str(self._queue.name)

    def statement_send(self) -> Statement:
        """Permission to send messages (`Encryption.statement_encrypt("sqs")` is needed besides)."""
        return Statement(("sqs:SendMessage",), [self._built_arn])

    def statement_consume(self) -> Statement:
        """Permission to receive, extend and delete messages (`Encryption.statement_decrypt("sqs")` besides)."""
        return Statement(("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage"), [self._built_arn])

    def grant_inspect(self, role: ServiceRole) -> None:
        """Lets a role see how many messages there are."""
        role.allow(f"inspect-{self._name}", Statement(("sqs:GetQueueAttributes",), [self._built_arn]))

    def grant_send(self, role: ServiceRole) -> None:
        """Lets a role send messages, with the use of the key that it takes."""
        role.allow(f"send-to-{self._name}", self.statement_send(), self._encryption.statement_encrypt("sqs"))

    def grant_consume(self, role: ServiceRole) -> None:
        """Lets a role consume messages, with the use of the key that it takes."""
        role.allow(f"consume-{self._name}", self.statement_consume(), self._encryption.statement_decrypt("sqs"))


class DeadLetterQueue(Queue):
    """A queue of what could not be handled: any message in it raises an alarm.

    Args:
        naming: Names of the environment.
        place: Account and region.
        name: Name of the queue, ending in `-dead-letter-queue`.
        encryption: Key that encrypts the messages.
        source_arn: The queue whose redrive policy names this one; none when a service sends here itself.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        naming: Naming,
        place: Place,
        name: ResourceName,
        encryption: Encryption,
        source_arn: str | None = None,
    ) -> None:
        super().__init__(scope, id, naming=naming, place=place, name=name, encryption=encryption, source_arn=source_arn)
        self.alarms.append(
            metric_alarm(
                self,
                f"{name.removesuffix('-dead-letter-queue')}-dead-letters",
                naming=naming,
                description=f"There are messages in {naming.of(name)}. {DEAD_LETTERS[name]}",
                namespace="AWS/SQS",
                metric="ApproximateNumberOfMessagesVisible",
                dimensions={"QueueName": self.name},
                statistic="Maximum",
                threshold=0,
            )
        )


def _redrive_policy(dead_letter: Queue | None, max_receive_count: int) -> str | None:
    if dead_letter is None:
        return None
    return _compact({"deadLetterTargetArn": dead_letter.arn, "maxReceiveCount": max_receive_count})


def _redrive_allow_policy(source_arn: str | None) -> str:
    if source_arn is None:
        return _compact({"redrivePermission": "denyAll"})
    return _compact({"redrivePermission": "byQueue", "sourceQueueArns": [source_arn]})


def _compact(document: dict[str, Any]) -> str:
    # Terraform compares these as text, not as JSON.
    return json.dumps(document, separators=(",", ":"))


def _tls_only(arn: str) -> str:
    statement = {
        "Sid": "DenyWithoutTls",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "sqs:*",
        "Resource": arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
