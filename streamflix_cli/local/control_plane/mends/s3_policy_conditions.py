"""A bucket policy that denies what comes without TLS denies everything: moto ignores the condition.

The local cloud speaks plain HTTP on loopback, which stands for TLS here, so such statements never apply.
"""

import json
from typing import Any

from moto.iam.access_control import IAMPolicy
from moto.s3.models import FakeBucket

from streamflix_cli.local.control_plane.patch import Method, wrap


def _demands_tls(statement: dict[str, Any]) -> bool:
    condition = statement.get("Condition", {}).get("Bool", {})
    return statement["Effect"] == "Deny" and str(condition.get("aws:SecureTransport")).lower() == "false"


def _over_tls(get: Method) -> Method:
    def get_permission(self: FakeBucket, action: str, resource: str) -> object:
        if self.policy is None:
            return get(self, action, resource)
        policy = json.loads(self.policy)
        statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
        policy["Statement"] = [statement for statement in statements if not _demands_tls(statement)]
        return IAMPolicy(json.dumps(policy)).is_action_permitted(action, resource)

    return get_permission


def apply() -> None:
    """Leaves such statements out of account."""
    wrap(FakeBucket, "get_permission", _over_tls)
