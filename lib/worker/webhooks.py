"""Webhooks: tell receivers outside how jobs ended, signed by the Standard Webhooks specification 1.0.0."""

import base64
import hmac
import json
import logging
import ssl
import time
from collections.abc import Sequence
from threading import Thread
from typing import Any, NamedTuple

import urllib3

from lib.worker import logs
from lib.worker.settings import Receiver
from lib.worker.store import Store, WebhookRow

logger = logging.getLogger(__name__)
BEGIN_SECONDS = 5
"""How long a pass begins to send messages."""
ANSWER_SECONDS = 10
"""How long a receiver has to answer. A pass waits no longer, whatever holds the answer up; and since a receiver rests a
minute after a failure, one that is dead holds up one worker at a time."""
KEY_BYTES = range(24, 65)
"""Lengths of a key (Standard Webhooks 1.0.0, "Signature scheme")."""
PREFIX = "whsec_"
"""May stand before a key."""


class Outcome(NamedTuple):
    """How an attempt ended.

    Attributes:
        problem: What was wrong; None if the message is delivered.
        is_final: Whether no other attempt will end better.
    """

    problem: str | None = None
    is_final: bool = False


class Webhooks:
    """Delivers webhooks, each at least once or, after a day of failures, not at all.

    Each receiver is served by a thread of its own, so that one that is slow, or hangs, keeps back none but its own.

    Args:
        store: Where the messages stand.
        secrets: A boto3 `secretsmanager` client.
        receivers: Who gets them.
    """

    def __init__(self, *, store: Store, secrets: Any, receivers: Sequence[Receiver]) -> None:
        self._store = store
        self._secrets = secrets
        self._receivers = {receiver.url: receiver for receiver in receivers}
        self._rounds: dict[str, _Round] = {}

    def send(self) -> None:
        """Sends what is due, and takes `BEGIN_SECONDS` and `ANSWER_SECONDS` at most.

        A receiver that fails is left for later, with all that it gets.
        """
        self._store.address_webhooks(self._receivers)
        for webhook in self._store.unaddressed_webhooks(self._receivers):
            self._conclude(webhook, "a receiver of before", Outcome("It is not configured any more.", is_final=True))
        begin_until = time.monotonic() + BEGIN_SECONDS
        begun = [self._begin(receiver, begin_until) for receiver in self._receivers.values()]
        for one in begun:
            if one is not None:
                one.join(max(0.0, begin_until + ANSWER_SECONDS - time.monotonic()))
                self._settle(one)

    def _begin(self, receiver: Receiver, begin_until: float) -> "_Round | None":
        """Starts to send to a receiver, unless a thread still hangs there since an earlier pass."""
        if (earlier := self._rounds.get(receiver.url)) and earlier.is_alive():
            return None
        webhooks = self._store.due_webhooks(receiver.url)
        if not webhooks:
            return None
        begun = _Round(receiver, webhooks, secrets=self._secrets, begin_until=begin_until)
        self._rounds[receiver.url] = begun
        begun.start()
        return begun

    def _settle(self, ended: "_Round") -> None:
        """Writes down what became of each message. One that a hanging thread delivers later is delivered again."""
        hangs = ended.is_alive()
        outcomes = [*ended.outcomes, *([Outcome("It does not answer.")] if hangs else [])]
        receiver = origin(ended.receiver.url)
        for webhook, outcome in zip(ended.webhooks, outcomes, strict=False):
            self._conclude(webhook, receiver, outcome)
        self._store.return_webhooks([webhook.id for webhook in ended.webhooks[len(outcomes) :]])

    def _conclude(self, webhook: WebhookRow, receiver: str, outcome: Outcome) -> None:
        type_ = webhook.event["type"]
        with logs.busy_with(job_id=str(webhook.event["job_id"])):
            if outcome.problem is None:
                logger.info("%s is told to %s", type_, receiver)
                self._store.webhook_delivered(webhook)
            elif outcome.is_final or webhook.is_last:
                logger.warning("%s is given up for %s: %s", type_, receiver, outcome.problem)
                self._store.give_up_webhook(webhook, receiver=receiver, problem=outcome.problem)
            else:
                again = "%s could not be told to %s (attempt %d) and will be tried again: %s"
                logger.warning(again, type_, receiver, webhook.attempts, outcome.problem)


class _Round(Thread):
    """Sends webhooks to one receiver, in turn, until one fails or the time is up.

    It knows nothing of the database, and is a daemon: it may hang for as long as it likes, and keeps no process alive.

    Attributes:
        outcomes: Of the first webhooks, in their order; those without one were not tried.
    """

    def __init__(self, receiver: Receiver, webhooks: Sequence[WebhookRow], *, secrets: Any, begin_until: float) -> None:
        super().__init__(name=f"webhooks to {origin(receiver.url)}", daemon=True)
        self.receiver = receiver
        self.webhooks = webhooks
        self.outcomes: list[Outcome] = []
        self._secrets = secrets
        self._begin_until = begin_until

    def run(self) -> None:
        """Sends."""
        try:
            # Read for each round, so that a key that was rotated is never used for longer.
            keys = signing_keys(self._secrets, self.receiver.key_arn)
            with urllib3.PoolManager(ssl_context=ssl.create_default_context()) as http:
                for webhook in self.webhooks:
                    if time.monotonic() >= self._begin_until:
                        return
                    outcome = self._post(http, webhook, keys)
                    self.outcomes.append(outcome)
                    if outcome.problem is not None and not outcome.is_final:
                        return
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the next webhook's failure
            self.outcomes.append(Outcome(f"{type(error).__name__}: {error}"))

    def _post(self, http: urllib3.PoolManager, webhook: WebhookRow, keys: Sequence[bytes]) -> Outcome:
        message_id, timestamp = str(webhook.event["id"]), int(time.time())
        body = json.dumps(webhook.event, separators=(",", ":")).encode()
        answer = http.request(
            "POST",
            self.receiver.url,
            body=body,
            headers={
                "content-type": "application/json",
                "user-agent": "streamflix",
                "webhook-id": message_id,
                "webhook-timestamp": str(timestamp),
                "webhook-signature": sign(keys, message_id=message_id, timestamp=timestamp, body=body),
            },
            timeout=urllib3.Timeout(total=ANSWER_SECONDS),
            retries=False,
            redirect=False,
            # What a receiver says besides is not read.
            preload_content=False,
        )
        answer.close()
        if 200 <= answer.status < 300:
            return Outcome()
        return Outcome(f"It answers {answer.status}.", is_final=answer.status == 410)


def sign(keys: Sequence[bytes], *, message_id: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature`: one signature a key.

    Args:
        keys: Any of which the receiver may have.
        message_id: The header `webhook-id`.
        timestamp: The header `webhook-timestamp`: seconds since 1970, of this attempt.
        body: As it is sent.
    """
    content = f"{message_id}.{timestamp}.".encode() + body
    signatures = (base64.b64encode(hmac.digest(key, content, "sha256")).decode() for key in keys)
    return " ".join(f"v1,{signature}" for signature in signatures)


def signing_keys(secrets: Any, arn: str) -> list[bytes]:
    """The current key of a secret, and the one before its last rotation, which a receiver may still have.

    Args:
        secrets: A boto3 `secretsmanager` client.
        arn: Of the secret.

    Raises:
        ValueError: The current value is no key.
        ClientError: It cannot be read.
    """
    current = _key(secrets.get_secret_value(SecretId=arn, VersionStage="AWSCURRENT"))
    try:
        return [current, _key(secrets.get_secret_value(SecretId=arn, VersionStage="AWSPREVIOUS"))]
    except (secrets.exceptions.ResourceNotFoundException, ValueError):
        return [current]


def _key(answer: dict[str, Any]) -> bytes:
    try:
        key = base64.b64decode(answer["SecretString"].strip().removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if len(key) not in KEY_BYTES:
        raise ValueError("The API key is not the Base64 of 24 to 64 bytes.")
    return key


def origin(url: str) -> str:
    """Scheme, host and port of an address: what follows may be a secret, and stands in no log."""
    parsed = urllib3.util.parse_url(url)
    return f"{parsed.scheme}://{parsed.netloc}"
