"""Application Auto Scaling has no tags: `ListTagsForResource`, `TagResource` and `UntagResource` are missing.

The Terraform provider reads the tags of every scalable target, and retries for ever.
"""

import json
from typing import Any

from moto.applicationautoscaling.models import FakeScalableTarget
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.exceptions import JsonRESTError

from streamflix_cli.local.control_plane.patch import Method, add, wrap


def _tags(target: FakeScalableTarget) -> dict[str, str]:
    tags: dict[str, str] = target.__dict__.setdefault("tags", {})
    return tags


def _target(response: ApplicationAutoScalingResponse) -> FakeScalableTarget:
    arn = response._get_param("ResourceARN")
    for targets in response.applicationautoscaling_backend.targets.values():
        for target in targets.values():
            if target.arn == arn:
                return target
    raise JsonRESTError("ResourceNotFoundException", f"Resource not found: {arn}")


def _register_with_tags(register: Method) -> Method:
    def register_scalable_target(self: ApplicationAutoScalingResponse) -> str:
        answer: str = register(self)
        target = self.applicationautoscaling_backend.targets[self._get_param("ScalableDimension")][
            self._get_param("ResourceId")
        ]
        _tags(target).update(self._get_param("Tags") or {})
        return answer

    return register_scalable_target


def list_tags_for_resource(self: ApplicationAutoScalingResponse) -> str:
    """ListTagsForResource."""
    return json.dumps({"Tags": _tags(_target(self))})


def tag_resource(self: ApplicationAutoScalingResponse) -> str:
    """TagResource."""
    _tags(_target(self)).update(self._get_param("Tags"))
    return json.dumps({})


def untag_resource(self: ApplicationAutoScalingResponse) -> str:
    """UntagResource: its parameters come in the query in some SDKs, in the body in others."""
    keys: Any = self._get_param("TagKeys") or []
    tags = _tags(_target(self))
    for key in keys:
        tags.pop(key, None)
    return json.dumps({})


def apply() -> None:
    """Adds the operations, and the tags of RegisterScalableTarget."""
    add(ApplicationAutoScalingResponse, list_tags_for_resource, tag_resource, untag_resource)
    wrap(ApplicationAutoScalingResponse, "register_scalable_target", _register_with_tags)
