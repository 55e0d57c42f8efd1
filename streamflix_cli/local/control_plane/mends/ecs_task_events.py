"""ECS tells EventBridge of no task; on AWS each change of a task's state is an event on the default bus.

The event's detail is the task as DescribeTasks shows it (ECS developer guide, "Amazon ECS task state change events").
"""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from moto.core.serialize import XFormedAttributePicker, get_serializer_class
from moto.core.utils import get_service_model
from moto.ecs.models import EC2ContainerServiceBackend, Task
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.events.models import events_backends

from streamflix_cli.local.control_plane.patch import Method, wrap

_lock = threading.Lock()


def _and_tell(call: Method) -> Method:
    def call_action(self: EC2ContainerServiceResponse) -> Any:
        answer = call(self)
        for task in _changed(self.ecs_backend):
            _tell(task)
        return answer

    return call_action


def _changed(backend: EC2ContainerServiceBackend) -> Iterator[Task]:
    """Tasks whose state is another than was told last; their version grows with each."""
    with _lock:
        for task in [task for tasks in list(backend.tasks.values()) for task in list(tasks.values())]:
            about: dict[str, Any] = task.__dict__
            state = (task.last_status, task.desired_status)
            if about.get("told") != state:
                if "told" in about:
                    about["version"] += 1
                about["told"] = state
                yield task


def _tell(task: Task) -> None:
    event = {
        "Source": "aws.ecs",
        "DetailType": "ECS Task State Change",
        "Resources": [task.task_arn],
        "Detail": json.dumps(_detail(task)),
    }
    events_backends[task._account_id][task.region_name].put_events([event])


def _detail(task: Task) -> dict[str, Any]:
    """What DescribeTasks says of a task, with times as texts."""
    operation = get_service_model("ecs").operation_model("DescribeTasks")
    serializer = get_serializer_class("ecs", "json")(operation_model=operation, value_picker=XFormedAttributePicker())
    (described,) = json.loads(serializer.serialize({"tasks": [task]})["body"])["tasks"]
    described.pop("tags", None)
    described["updatedAt"] = datetime.now(UTC).timestamp()
    times = {name: _iso(value) for name, value in described.items() if name.endswith("At")}
    return {**described, **times}


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def apply() -> None:
    """Tells EventBridge after each call to ECS what has changed."""
    wrap(EC2ContainerServiceResponse, "call_action", _and_tell)
