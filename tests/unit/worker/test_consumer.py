"""What the worker does while the database is away."""

from typing import Any
from unittest.mock import MagicMock

import psycopg
import pytest

from lib.contracts.messages import TaskReady
from lib.worker import consumer as module
from lib.worker.consumer import Consumer
from lib.worker.doorbells import Message


class Outage:
    """A store that answers at first, then does not for a while; and the queue before it."""

    def __init__(self) -> None:
        self.answers = [True, False, False, True, False]
        self.order: list[str] = []
        self.consumer: Consumer | None = None

    def schema_is_ready(self) -> bool:
        self.order.append("ask")
        return self.answers.pop(0)

    def claim(self, _worker: str) -> None:
        raise psycopg.OperationalError("the server is away")

    def receive(self, **_: int) -> Message:
        self.order.append("receive")
        if len(self.answers) == 1 and self.consumer is not None:
            self.consumer._stopping = True
        return Message(TaskReady().model_dump_json(), "receipt")


def test_no_message_is_received_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0)
    outage: Any = Outage()
    tools = MagicMock(store=outage)
    consumer = Consumer(
        name="worker",
        jobs=outage,
        dead_letters=MagicMock(),
        outbox=MagicMock(),
        metrics=MagicMock(),
        protection=MagicMock(),
        tools=tools,
    )
    outage.consumer = consumer

    consumer.run()

    assert outage.order == ["ask", "receive", "ask", "ask", "ask", "receive"]
