"""The tags that every taggable resource carries."""

from collections.abc import Mapping
from typing import Literal

from lib.profile import Profile

PROJECT = "streamflix"
DataClass = Literal["public", "internal", "content", "personal", "secret"]
"""What a resource holds: `content` is video, `personal` data about people, `secret` credentials."""

RESERVED_TAGS = frozenset(
    {"Environment", "Project", "Owner", "ManagedBy", "DataClass", "DataResidency", "Ephemeral", "Name"}
)
"""What the stack sets itself; a profile's own tags may not name them."""

EEA_REGIONS = frozenset(
    {"eu-central-1", "eu-west-1", "eu-west-3", "eu-north-1", "eu-south-1", "eu-south-2"}
)  # London (eu-west-2) and Zurich (eu-central-2) lie outside the EEA.


def in_eea(region: str) -> bool:
    """Whether data in an AWS region stays in the European Economic Area."""
    return region in EEA_REGIONS


def common_tags(profile: Profile, *, suffix: str, region: str) -> dict[str, str]:
    """Tags of every resource of an environment; `DataClass` comes from the resource itself.

    Nothing that changes from deploy to deploy stands here, or every deploy would touch everything.
    """
    return {
        **profile.environment.tags,
        "Environment": suffix,
        "Project": PROJECT,
        "Owner": profile.environment.owner,
        "ManagedBy": "cdktf",
        "DataResidency": "eea" if in_eea(region) else "outside-eea",
        "Ephemeral": str(profile.environment.ephemeral).lower(),
    }


def data_class(value: DataClass, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The tags that a resource sets itself, over the provider's default tags."""
    return {"DataClass": value, **(extra or {})}
