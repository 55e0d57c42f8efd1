"""What goes to the dead-letter queue arrives there, whatever its reason says."""

import pytest

from lib.worker.doorbells import MESSAGE_BYTES, REASON_CHARACTERS, DeadLetters
from tests.integration.worker.pipeline import Clients, Deployed


@pytest.mark.parametrize(
    ("body", "reason", "arrives"),
    [
        ("{}", "It is none.", "It is none."),
        ("{}", "\x1b[31mffmpeg\0 said \uffff", "\ufffd[31mffmpeg\ufffd said \ufffd"),
        ("{}", "a" * 2000, "a" * REASON_CHARACTERS),
        ("x" * (MESSAGE_BYTES - 16), "a long €", "a lo"),
        ("x" * (MESSAGE_BYTES - 14), "€", None),
        ("x" * MESSAGE_BYTES, "It is long.", None),
    ],
)
def test_a_reason_is_fitted_to_what_sqs_takes(
    clients: Clients, deployed: Deployed, body: str, reason: str, arrives: str | None
) -> None:
    DeadLetters(clients("sqs"), deployed.dead_letter_url).send(body, reason=reason)

    (letter,) = clients("sqs").receive_message(
        QueueUrl=deployed.dead_letter_url, MessageAttributeNames=["All"], WaitTimeSeconds=1
    )["Messages"]
    assert letter["Body"] == body
    assert letter.get("MessageAttributes", {}).get("reason", {}).get("StringValue") == arrives
