"""SQS queues: encrypted, TLS only, each with a dead-letter queue where a consumer may fail."""

import json
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


class Queue(Construct):
    """A standard queue, by wish with its own dead-letter queue.

    Args:
        naming: Names of the environment.
        place: Account and region; the queue's ARN is built from it, because a queue and its
            dead-letter queue name each other.
        name: Name of the queue.
        encryption: Key that encrypts the messages.
        visibility_seconds: How long a received message stays hidden, 0 to 43,200.
        dead_letter: Name of the queue for messages that were received too often.
        max_receive_count: Receives before that, 1 to 1,000.
        oldest_message_seconds: Alarm when a message waits longer than this.
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
        redrive_allow_policy: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        self._encryption = encryption
        self.dead_letter: Queue | None = None
        self.alarms: list[CloudwatchMetricAlarm] = []
        redrive: dict[str, Any] | None = None
        arn = place.arn("sqs", naming.of(name))
        if dead_letter is not None:
            self.dead_letter = DeadLetterQueue(
                self,
                "dead-letters",
                naming=naming,
                place=place,
                name=dead_letter,
                encryption=encryption,
                source_arn=arn,
            )
            self.alarms += self.dead_letter.alarms
            redrive = {"deadLetterTargetArn": self.dead_letter.arn, "maxReceiveCount": max_receive_count}
        self._queue = SqsQueue(
            self,
            "queue",
            name=naming.of(name),
            kms_master_key_id=encryption.key_arn,
            kms_data_key_reuse_period_seconds=DATA_KEY_REUSE_SECONDS,
            receive_wait_time_seconds=LONG_POLL_SECONDS,
            message_retention_seconds=RETENTION_SECONDS,
            visibility_timeout_seconds=visibility_seconds,
            redrive_policy=None if redrive is None else json.dumps(redrive),
            redrive_allow_policy=redrive_allow_policy,
            policy=_tls_only(arn),
            tags=data_class("internal"),
        )
        if oldest_message_seconds is not None:
            self.alarms.append(
                metric_alarm(
                    self,
                    "oldest-message",
                    naming=naming,
                    description=f"A message in {naming.of(name)} waits for more than {oldest_message_seconds} s. "
                    "See whether workers run and what they are busy with (`streamflix status`).",
                    namespace="AWS/SQS",
                    metric="ApproximateAgeOfOldestMessage",
                    dimensions={"QueueName": self.name},
                    statistic="Maximum",
                    threshold=oldest_message_seconds,
                )
            )

    @property
    def url(self) -> str:
        """URL of the queue."""
        return str(self._queue.url)

    @property
    def arn(self) -> str:
        """ARN of the queue."""
        return str(self._queue.arn)

    @property
    def name(self) -> str:
        """Name of the queue."""
        return str(self._queue.name)

    def statement_send(self) -> Statement:
        """Permission to send messages (the key needs `Encryption.statement_encrypt` besides)."""
        return Statement(("sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"), [self.arn])

    def statement_consume(self) -> Statement:
        """Permission to receive, extend and delete messages (and `Encryption.statement_decrypt` besides)."""
        actions = (
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:GetQueueUrl",
            "sqs:ReceiveMessage",
        )
        return Statement(actions, [self.arn])

    def grant_send(self, role: ServiceRole) -> None:
        """Lets a role send messages, with the key's use for it."""
        role.allow(f"send-{self.node.id}", self.statement_send(), self._encryption.statement_encrypt("sqs"))

    def grant_consume(self, role: ServiceRole) -> None:
        """Lets a role consume messages, with the key's use for it."""
        role.allow(f"consume-{self.node.id}", self.statement_consume(), self._encryption.statement_decrypt("sqs"))


class DeadLetterQueue(Queue):
    """A queue of what could not be handled; any message in it raises an alarm.

    Args:
        naming: Names of the environment.
        place: Account and region.
        name: Name of the queue, ending in `-dead-letter-queue`.
        encryption: Key that encrypts the messages.
        source_arn: The one queue whose redrive policy may name this one; none when a service sends here itself.
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
        allow: dict[str, Any] = {"redrivePermission": "denyAll"}
        if source_arn is not None:
            allow = {"redrivePermission": "byQueue", "sourceQueueArns": [source_arn]}
        super().__init__(
            scope,
            id,
            naming=naming,
            place=place,
            name=name,
            encryption=encryption,
            redrive_allow_policy=json.dumps(allow),
        )
        self.alarms.append(
            metric_alarm(
                self,
                f"{name.removesuffix('-dead-letter-queue')}-dead-letters",
                naming=naming,
                description=f"{naming.of(name)} holds messages that could not be handled. Read the reason in them, "
                "then retry (`streamflix jobs redrive`).",
                namespace="AWS/SQS",
                metric="ApproximateNumberOfMessagesVisible",
                dimensions={"QueueName": self.name},
                statistic="Maximum",
                threshold=0,
            )
        )
