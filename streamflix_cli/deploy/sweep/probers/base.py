"""What a prober is: it finds, looks at and deletes the resources of one type."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from lib.naming import RESOURCE_NAMES, Naming, ResourceName
from streamflix_cli.deploy.sweep.cloud import Cloud, Search
from streamflix_cli.deploy.sweep.leftover import Leftover


class Prober(ABC):
    """Knows one resource type."""

    type: ClassVar[str]
    """What the type is called in reports, as `sqs_queue`."""
    arn: ClassVar[str] = r"(?!)"
    """Regular expression over an ARN's `service:resource`; its group `id`, or the whole ARN, is the id."""
    missing: ClassVar[frozenset[str]] = frozenset()
    """Error codes with which the service says that a resource does not exist."""
    patience_seconds: ClassVar[float] = 120
    """How long a deletion may take: a deleted queue's name, for one, is known for another 60 s."""

    @abstractmethod
    def candidates(self, search: Search) -> Iterable[Leftover]:
        """What might be the environment's by its name; `state` has the last word."""

    @abstractmethod
    def state(self, cloud: Cloud, id: str) -> str | None:
        """A word on the resource, or None when it is gone."""

    @abstractmethod
    def delete(self, cloud: Cloud, id: str) -> None:
        """Starts the deletion; may be called again while it goes on and after it."""

    def id_of(self, arn: str) -> str | None:
        """The id of the resource that an ARN names, or None when it is of another type."""
        _, _, service, _, _, resource = arn.split(":", 5)
        match = re.fullmatch(self.arn, f"{service}:{resource}")
        if match is None:
            return None
        return match.groupdict().get("id", arn)

    def named(self, ids: Iterable[str]) -> list[Leftover]:
        """Candidates that were found by name."""
        return [Leftover(type=self.type, id=name, found_by="name") for name in ids]

    def ask(self, call: Callable[..., Any], *positional: Any, **arguments: Any) -> Any | None:
        """Makes a call; None when the service answers that the resource does not exist."""
        try:
            return call(*positional, **arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] in self.missing:
                return None
            raise


def names_ending(naming: Naming, *endings: str) -> list[str]:
    """The environment's names of the resource types that end so, as all of `-queue`."""
    return [naming.of(resource) for resource in RESOURCE_NAMES if resource.endswith(endings)]


def is_numbered(naming: Naming, resource: ResourceName, name: str) -> bool:
    """Whether a name is `resource-suffix` or `resource-NUMBER-suffix`.

    No suffix begins with a digit, so the number cannot be part of another environment's suffix. A worded
    qualifier could: `api-key-eu-dev` may be of the environment `eu-dev`; there the tags must tell.
    """
    return re.fullmatch(rf"{resource}(-\d+)?-{re.escape(naming.suffix)}", name) is not None
