"""Queue attributes: three faults in what is stored and returned.

* `RedriveAllowPolicy` is stored but never returned, and asking for it is an error: the Terraform provider
  waits for it for ever. An empty one must read as absent, or a destroy hangs.
* `SetQueueAttributes` without `Policy` removes the queue's policy.
* Both redrive policies are returned with spaces in their JSON, which SQS never does: the provider sees a change.
"""

import json
from typing import Any

from moto.sqs.models import Queue, SQSBackend

from streamflix_cli.local.control_plane.patch import Method, wrap

REDRIVE_ALLOW = "RedriveAllowPolicy"


def _keep_policy(set_attributes: Method) -> Method:
    def _set_attributes(self: Queue, attributes: dict[str, Any], now: float | None = None) -> None:
        # A new queue has none yet; it sets every attribute, this one included.
        kept = {} if "Policy" in attributes else {"Policy": self.policy}
        set_attributes(self, {**attributes, **kept}, now)

    return _set_attributes


def _compact(policy: object) -> str:
    return json.dumps(policy, separators=(",", ":"))


def _all_attributes(read: Method) -> property:
    def attributes(self: Queue) -> dict[str, Any]:
        result: dict[str, Any] = read(self)
        if self.redrive_policy:
            result["RedrivePolicy"] = _compact(self.redrive_policy)
        allow = getattr(self, "redrive_allow_policy", None)
        if allow and json.loads(allow):
            result[REDRIVE_ALLOW] = _compact(json.loads(allow))
        return result

    return property(attributes)


def _know_redrive_allow(get: Method) -> Method:
    def get_queue_attributes(self: SQSBackend, queue_name: str, attribute_names: list[str]) -> dict[str, Any]:
        known = [name for name in attribute_names if name != REDRIVE_ALLOW]
        result: dict[str, Any] = get(self, queue_name, known)
        if REDRIVE_ALLOW in attribute_names:
            attributes = self.get_queue(queue_name).attributes
            result.update({key: attributes[key] for key in attributes if key == REDRIVE_ALLOW})
        return result

    return get_queue_attributes


def apply() -> None:
    """Changes how attributes are set and read."""
    wrap(Queue, "_set_attributes", _keep_policy)
    Queue.attributes = _all_attributes(Queue.attributes.fget)  # type: ignore[method-assign, assignment, attr-defined]
    wrap(SQSBackend, "get_queue_attributes", _know_redrive_allow)
