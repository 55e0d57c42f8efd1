"""The jobs queue, and what goes to the dead-letter queue."""

import socket
import time
from contextlib import closing

import pytest
from botocore.exceptions import ReadTimeoutError

from lib.worker.assembly import app_database, make_consumer
from lib.worker.doorbells import MESSAGE_BYTES, REASON_CHARACTERS, DeadLetters, Message
from lib.worker.settings import Settings
from tests.integration.worker.pipeline import Clients, Deployed, Pipeline


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


def test_a_queue_that_hangs_does_not_cost_the_lease(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.model_validate(pipeline.environment)
    with socket.create_server(("127.0.0.1", 0)) as silent, closing(app_database(settings)) as database:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", f"http://127.0.0.1:{silent.getsockname()[1]}")
        consumer = make_consumer(settings, database)
        began = time.monotonic()
        with pytest.raises(ReadTimeoutError):
            consumer._jobs.hide(Message("{}", "receipt"), 60)
    assert time.monotonic() - began < settings.processing.lease_seconds
