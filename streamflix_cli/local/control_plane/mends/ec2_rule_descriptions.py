"""A security group rule that names another group or a prefix list is described without its description."""

from inspect import signature
from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

from streamflix_cli.local.control_plane.patch import Method, wrap


def _keep(initialize: Method) -> Method:
    def __init__(self: SecurityGroupRule, *arguments: Any, **keywords: Any) -> None:  # noqa: N807
        initialize(self, *arguments, **keywords)
        given = signature(initialize).bind(self, *arguments, **keywords).arguments
        self.__dict__["prefix_list"] = given.get("prefix_list_id") or {}

    return __init__


def _description(rule: SecurityGroupRule) -> str | None:
    places: tuple[dict[str, str], ...] = (rule.ip_range, rule.source_group, rule.__dict__["prefix_list"])
    return next((place["Description"] for place in places if "Description" in place), None)


def apply() -> None:
    """Looks for it in every kind of source."""
    wrap(SecurityGroupRule, "__init__", _keep)
    SecurityGroupRule.description = property(_description)  # type: ignore[method-assign, assignment]
