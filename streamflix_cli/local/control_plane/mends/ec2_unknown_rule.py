"""Revoking a security group rule that is gone, by its id, names another error than EC2's.

Terraform takes EC2's for success: whoever sends a request again, because its answer was lost, gets it.
"""

from typing import Any

from moto.ec2.exceptions import InvalidPermissionNotFoundError, InvalidSecurityGroupRuleIdNotFoundError
from moto.ec2.models.security_groups import SecurityGroupBackend

from streamflix_cli.local.control_plane.patch import Method, wrap


def _name(revoke: Method) -> Method:
    def revoke_by_id(self: SecurityGroupBackend, *arguments: Any, **keywords: Any) -> None:
        try:
            revoke(self, *arguments, **keywords)
        except InvalidPermissionNotFoundError as error:
            if not (ids := keywords.get("security_rule_ids")):
                raise
            raise InvalidSecurityGroupRuleIdNotFoundError(ids[0]) from error

    return revoke_by_id


def apply() -> None:
    """Names EC2's error."""
    wrap(SecurityGroupBackend, "revoke_security_group_egress", _name)
    wrap(SecurityGroupBackend, "revoke_security_group_ingress", _name)
