from typing import Any

import pytest

STREAM = "arn:aws:kinesis:eu-west-1:123456789012:stream/s"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:q"
ROLE = "arn:aws:iam::123456789012:role/pipe"


def create(pipes: Any, name: str, **settings: Any) -> None:
    pipes.create_pipe(Name=name, Source=STREAM, Target=QUEUE, RoleArn=ROLE, **settings)


@pytest.mark.parametrize("way", ["created", "updated", "stopped"])
def test_a_stopped_pipe_stays_stopped_until_it_is_started(clients: Any, way: str) -> None:
    pipes, name = clients("pipes"), f"states-{way}"
    create(pipes, name, **({"DesiredState": "STOPPED"} if way == "created" else {}))
    if way == "updated":
        pipes.update_pipe(Name=name, RoleArn=ROLE, DesiredState="STOPPED")
    if way == "stopped":
        pipes.stop_pipe(Name=name)
    assert [pipes.describe_pipe(Name=name)["CurrentState"] for _ in range(3)] == ["STOPPED"] * 3
    pipes.start_pipe(Name=name)
    assert [pipes.describe_pipe(Name=name)["CurrentState"] for _ in range(3)] == ["RUNNING"] * 3
