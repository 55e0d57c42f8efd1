"""The worker's image: where it lives when a profile does not say, and what it takes to pull it."""

import re

from lib.place import Place

REPOSITORY = "streamflix/worker"
"""One repository an account; every environment pulls from it."""

# The account may be a token, which holds periods.
_ECR = re.compile(r"(?P<account>[^/]+)\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/(?P<repository>[^:@]+)")


def default_image(place: Place) -> str:
    """The newest image of the account's own repository."""
    return f"{place.account_id}.dkr.ecr.{place.region}.amazonaws.com/{REPOSITORY}:latest"


def repository_arn(image: str) -> str | None:
    """ARN of the ECR repository that an image reference names, or none for another registry."""
    match = _ECR.match(image)
    if match is None:
        return None
    return f"arn:aws:ecr:{match['region']}:{match['account']}:repository/{match['repository']}"
