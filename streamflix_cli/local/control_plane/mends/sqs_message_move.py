"""Redrive of a dead-letter queue: `StartMessageMoveTask` and its companions are missing.

The messages are moved before the call returns, whatever rate was asked for; so no task is ever running, and
there is none to cancel. As on SQS a moved message is a new one, and one that was put into the dead-letter
queue itself needs a destination.
"""

import time
import uuid
from typing import Any

from moto.core.responses import ActionResult
from moto.sqs.exceptions import SQSException
from moto.sqs.models import Message, Queue, SQSBackend
from moto.sqs.responses import SQSResponse

from streamflix_cli.local.control_plane.patch import Method, add, wrap


def _tasks(backend: SQSBackend) -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = backend.__dict__.setdefault("message_move_tasks", [])
    return tasks


def _queue(backend: SQSBackend, arn: str) -> Queue:
    for queue in backend.queues.values():
        if queue.queue_arn == arn:
            return queue
    raise SQSException("ResourceNotFoundException", f"The queue {arn} does not exist.")


def _remember_origin(send: Method) -> Method:
    def send_message(self: SQSBackend, queue_name: str, *arguments: Any, **keywords: Any) -> Message:
        message: Message = send(self, queue_name, *arguments, **keywords)
        message.__dict__["origin"] = queue_name
        return message

    return send_message


def _move(backend: SQSBackend, source: Queue, destination: Queue | None, task: dict[str, Any]) -> None:
    for message in list(source.messages):
        origin = message.__dict__.get("origin")
        target = destination.name if destination else origin
        if target is None or target == source.name or target not in backend.queues:
            task.update(Status="FAILED", FailureReason="CouldNotDetermineMessageSource")
            return
        with source._messages_lock:
            if message not in source._messages:
                continue
            source._messages.remove(message)
        backend.send_message(target, message.body, message_attributes=message.message_attributes)
        task["ApproximateNumberOfMessagesMoved"] += 1


def start_message_move_task(self: SQSResponse) -> ActionResult:
    """StartMessageMoveTask."""
    backend = self.sqs_backend
    source = _queue(backend, self._get_param("SourceArn"))
    if not backend.list_dead_letter_source_queues(source.name):
        raise SQSException("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
    destination_arn = self._get_param("DestinationArn")
    task: dict[str, Any] = {
        "TaskHandle": str(uuid.uuid4()),
        "Status": "COMPLETED",
        "SourceArn": source.queue_arn,
        "ApproximateNumberOfMessagesMoved": 0,
        "ApproximateNumberOfMessagesToMove": len(source.messages),
        "StartedTimestamp": int(time.time() * 1000),
    }
    if destination_arn:
        task["DestinationArn"] = destination_arn
    _move(backend, source, _queue(backend, destination_arn) if destination_arn else None, task)
    _tasks(backend).insert(0, task)
    return ActionResult({"TaskHandle": task["TaskHandle"]})


def list_message_move_tasks(self: SQSResponse) -> ActionResult:
    """ListMessageMoveTasks, newest first; a handle is shown of running tasks only."""
    source = _queue(self.sqs_backend, self._get_param("SourceArn"))
    limit = self._get_param("MaxResults") or 1
    tasks = [task for task in _tasks(self.sqs_backend) if task["SourceArn"] == source.queue_arn]
    shown = [{key: value for key, value in task.items() if key != "TaskHandle"} for task in tasks[:limit]]
    return ActionResult({"Results": shown})


def cancel_message_move_task(self: SQSResponse) -> ActionResult:
    """CancelMessageMoveTask: every task is finished already."""
    raise SQSException("ResourceNotFoundException", f"No running task has the handle {self._get_param('TaskHandle')}.")


def apply() -> None:
    """Adds the operations; messages remember the queue they were sent to."""
    add(SQSResponse, start_message_move_task, list_message_move_tasks, cancel_message_move_task)
    wrap(SQSBackend, "send_message", _remember_origin)
