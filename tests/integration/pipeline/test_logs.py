"""What the tasks logged, from CloudWatch Logs."""

import json
import time
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.pipeline.conftest import Environment


@pytest.fixture
def worker_log(environment: Environment) -> "Log":
    state = environment.root / ".streamflix" / "aws" / environment.name / "terraform.tfstate"
    name = f"/streamflix/{environment.name}/worker"
    document = json.loads(state.read_text())
    document["outputs"]["worker_log_group"] = {"value": name}
    state.write_text(json.dumps(document))
    logs = environment.client("logs")
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="worker/worker/1")
    return Log(logs, name)


class Log:
    def __init__(self, logs: Any, name: str) -> None:
        self._logs, self._name = logs, name

    def put(self, *messages: str, seconds_ago: float = 0) -> None:
        at = int((time.time() - seconds_ago) * 1000)
        self._logs.put_log_events(
            logGroupName=self._name,
            logStreamName="worker/worker/1",
            logEvents=[{"timestamp": at + number, "message": message} for number, message in enumerate(messages)],
        )


def line(message: str, **fields: str) -> str:
    return json.dumps({"time": "2026-01-31T12:00:00.000+00:00", "level": "INFO", "message": message, **fields})


def test_lines_are_rendered_and_what_is_no_json_is_shown_as_it_is(environment: Environment, worker_log: Log) -> None:
    worker_log.put(line("an old one"), seconds_ago=3600)
    worker_log.put(line("encoding", job_id="x", task_id="041c12aa-5806-4358-898b-1cbf70ecd9a6"), "Fatal Python error")
    shown = environment.streamflix("logs").out.splitlines()
    assert shown[0] == "2026-01-31 12:00:00.000 INFO    encoding job_id=x task_id=041c12aa"
    assert "Fatal Python error" in shown[1]
    assert len(shown) == 2
    assert shown[1].endswith("Fatal Python error")
    assert "an old one" in environment.streamflix("logs", "--since", "2h").out
    nothing = environment.streamflix("logs", "--since", "2h", "--job", str(uuid4()))
    assert (nothing.code, nothing.out) == (0, "")
    assert "Nothing was logged in the last 2h" in nothing.err


def test_lines_of_one_job_as_json_objects(environment: Environment, worker_log: Log) -> None:
    job = str(uuid4())
    worker_log.put(line("another", job_id=str(uuid4())), line("mine", job_id=job))
    (only,) = environment.streamflix("logs", "--job", job, "--json").lines
    assert (only["message"], only["level"], only["fields"]) == ("mine", "INFO", {"job_id": job})


def test_following_goes_on_with_what_is_new_and_tells_nothing_twice(environment: Environment, worker_log: Log) -> None:
    worker_log.put(line("first"))
    following = environment.start("logs", "--follow", "--json")
    assert json.loads(following.line())["message"] == "first"
    worker_log.put(line("second"))
    assert json.loads(following.line())["message"] == "second"
    worker_log.put(line("third"))
    assert json.loads(following.line())["message"] == "third"
    done = following.interrupt()
    assert (done.code, done.out) == (0, "")


def test_a_time_span_that_is_none_is_wrong_usage(environment: Environment) -> None:
    done = environment.streamflix("logs", "--since", "yesterday", "--json")
    assert (done.code, done.envelope["error"]["code"]) == (2, "USAGE")
