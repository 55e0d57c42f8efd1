"""The outbox: messages that transactions wanted sent. Each is sent at least once."""

import json
import logging
from typing import Any

from lib.contracts.messages import JobDead
from lib.worker.doorbells import DeadLetters, JobsQueue
from lib.worker.store import OutboxItem, OutboxKind, Store
from lib.worker.webhooks import Webhooks

logger = logging.getLogger(__name__)


class Outbox:
    """Sends what is due.

    Args:
        store: Where the messages stand.
        jobs: Takes the doorbells.
        dead_letters: Takes the jobs that are given up.
        sns: Client.
        topic_arn: Of the topic that takes the events.
        webhooks: Tells of the events whoever is no part of this system.
    """

    def __init__(
        self,
        *,
        store: Store,
        jobs: JobsQueue,
        dead_letters: DeadLetters,
        sns: Any,
        topic_arn: str,
        webhooks: Webhooks,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._dead_letters = dead_letters
        self._sns = sns
        self._topic_arn = topic_arn
        self._webhooks = webhooks

    def send(self) -> int:
        """Sends all messages that are due, and last the webhooks, for which nothing else waits. One that cannot be sent
        is left for later, and with it what follows of its kind: in an outage each of them would take as long to fail.

        Returns:
            How many were sent, webhooks not counted.
        """
        count = 0
        failed: set[OutboxKind] = set()
        while not failed and (items := self._store.due_outbox()):
            sent = []
            for item in items:
                if item.kind in failed:
                    continue
                if self._try(item):
                    sent.append(item.id)
                else:
                    failed.add(item.kind)
            self._store.mark_sent(sent)
            count += len(sent)
        self._webhooks.send()
        return count

    def _try(self, item: OutboxItem) -> bool:
        try:
            self._send(item)
        except Exception:
            logger.exception("Message %d of the outbox could not be sent (attempt %d)", item.id, item.attempts)
            return False
        return True

    def _send(self, item: OutboxItem) -> None:
        match item.kind:
            case "doorbell":
                self._jobs.ring(delay_seconds=item.delay_seconds)
            case "event":
                self._sns.publish(
                    TopicArn=self._topic_arn,
                    Message=json.dumps(item.payload),
                    MessageAttributes={"type": {"DataType": "String", "StringValue": str(item.payload["type"])}},
                )
            case "dead_letter":
                dead = JobDead.model_validate(item.payload)
                self._dead_letters.send(dead.model_dump_json(), reason=f"{dead.code}: {dead.reason}")
