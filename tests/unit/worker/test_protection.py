import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lib.worker import protection
from lib.worker.protection import TaskProtection


class Agent(ThreadingHTTPServer):
    """The ECS agent's endpoint for one task."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.states: list[tuple[str, dict[str, object]]] = []
        self.status = 200

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api/task"


class _Handler(BaseHTTPRequestHandler):
    server: Agent

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.states.append((self.path, json.loads(body)))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def agent() -> Iterator[Agent]:
    agent = Agent()
    threading.Thread(target=agent.serve_forever, daemon=True).start()
    yield agent
    agent.shutdown()
    agent.server_close()


def test_a_busy_task_is_protected_until_its_work_ends(agent: Agent) -> None:
    task = TaskProtection(agent.uri)
    task.renew()
    task.renew()
    task.end()
    task.end()
    path = "/api/task/task-protection/v1/state"
    assert agent.states == [
        (path, {"ProtectionEnabled": True, "ExpiresInMinutes": 10}),
        (path, {"ProtectionEnabled": False}),
    ]


def test_protection_is_renewed_before_it_expires(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protection, "RENEW_SECONDS", 0)
    task = TaskProtection(agent.uri)
    task.renew()
    task.renew()
    assert len(agent.states) == 2
    assert protection.RENEW_SECONDS < protection.EXPIRES_MINUTES * 60


def test_a_failing_agent_ends_no_work(agent: Agent, caplog: pytest.LogCaptureFixture) -> None:
    agent.status = 500
    task = TaskProtection(agent.uri)
    task.renew()
    task.renew()
    assert len(agent.states) == 2
    agent.shutdown()
    agent.server_close()
    task.renew()
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


def test_outside_ecs_nothing_is_protected() -> None:
    task = TaskProtection(None)
    task.renew()
    task.end()
