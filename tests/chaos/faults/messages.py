"""Messages of the jobs queue that are lost, repeated and reordered, and a pipe that begins anew."""

import shutil
import time
from contextlib import suppress
from typing import Any

import psutil

from tests.chaos.faults.fault import Hit, Inject, Means

CATCH_SECONDS = 6.0
HOLD_SECONDS = 3.0
HIDDEN_SECONDS = 30


def lose(means: Means) -> Hit | None:
    """Receives messages and deletes them: doorbells, and submissions, which the pipe's replay then repeats."""
    at, caught = time.time(), _catch(means)
    for message in caught:
        _queue(means, "delete_message", ReceiptHandle=message["ReceiptHandle"])
    return Hit(at, f"{len(caught)} messages") if caught else None


def repeat(times: int) -> Inject:
    """Sends copies of messages at once, and shows the originals again."""

    def inject(means: Means) -> Hit | None:
        at, caught = time.time(), _catch(means)
        for message in caught:
            copies = [{"Id": str(number), "MessageBody": message["Body"]} for number in range(times - 1)]
            _queue(means, "send_message_batch", Entries=copies)
            _show(means, message)
        return Hit(at, f"{len(caught)} messages, {times} of each") if caught else None

    return inject


def reorder(means: Means) -> Hit | None:
    """Holds messages back, then shows them in another order, after those that came meanwhile."""
    at, caught = time.time(), _catch(means)
    means.stop.wait(HOLD_SECONDS)
    caught += _receive(means)
    means.random.shuffle(caught)
    for message in caught:
        _show(means, message)
    return Hit(at, f"{len(caught)} messages") if caught else None


def replay(means: Means) -> Hit | None:
    """SIGKILL to the pipe runner, which then finds no checkpoint and reads the stream from its beginning."""
    environment = means.environment
    (pipes,) = (process for name, process in environment.parts().items() if name.startswith("pipes-"))
    at = time.time()
    with suppress(psutil.NoSuchProcess):
        pipes.kill()
        pipes.wait(5)
    shutil.rmtree(environment.cloud.path / "pipes", ignore_errors=True)
    return Hit(at, f"pid {pipes.pid}")


def _catch(means: Means) -> list[dict[str, Any]]:
    """Some messages that no worker has received yet."""
    deadline = time.monotonic() + CATCH_SECONDS
    while not means.stop.is_set() and time.monotonic() < deadline:
        if caught := _receive(means):
            return caught
    return []


def _receive(means: Means) -> list[dict[str, Any]]:
    answer = _queue(
        means, "receive_message", MaxNumberOfMessages=10, WaitTimeSeconds=1, VisibilityTimeout=HIDDEN_SECONDS
    )
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages


def _show(means: Means, message: dict[str, Any]) -> None:
    _queue(means, "change_message_visibility", ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)


def _queue(means: Means, operation: str, **parameters: Any) -> dict[str, Any]:
    call = getattr(means.environment.client("sqs"), operation)
    answer: dict[str, Any] = call(QueueUrl=means.environment.outputs["jobs_queue_url"], **parameters)
    return answer
