"""Access to the account and region that is searched."""

from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config

from lib.naming import Naming
from lib.tags import PROJECT

_CONFIG = Config(
    # Adaptive mode slows down the client before a throttling service does.
    retries={"mode": "adaptive", "total_max_attempts": 8},
    connect_timeout=10,
    read_timeout=60,
    max_pool_connections=20,
)


class Cloud:
    """One account and region, shared by probers that run at once.

    Args:
        session: Credentials.
        region: As `us-east-1`; by default the session's.
        endpoint: URL of an emulator; by default AWS (or what `AWS_ENDPOINT_URL` says).
    """

    def __init__(self, session: boto3.Session, region: str | None = None, endpoint: str | None = None) -> None:
        self._session: Any = session  # typed stubs exist for a literal service name only
        self._arguments: dict[str, Any] = {"region_name": region, "endpoint_url": endpoint, "config": _CONFIG}
        self._clients: dict[str, Any] = {}
        self._lock = Lock()

    def client(self, service: str) -> Any:
        """The client of a service. Clients may be used by many threads, but only one may make them."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._session.client(service, **self._arguments)
            return self._clients[service]

    def bucket(self, name: str) -> Any:
        """A bucket as boto3's resource, whose collections delete in batches."""
        with self._lock:
            return self._session.resource("s3", **self._arguments).Bucket(name)

    def pages(self, service: str, operation: str, items: str, **arguments: Any) -> list[Any]:
        """The items of all pages of a listing; empty elements of the path `items` are skipped."""
        paginator = self.client(service).get_paginator(operation)
        return list(paginator.paginate(**arguments).search(f"{items}[]"))


@dataclass(frozen=True)
class Search:
    """The environment that is looked for, and where.

    Args:
        cloud: Where.
        naming: Names of the environment.
        account_id: Twelve digits.
        region: As `us-east-1`.
    """

    cloud: Cloud
    naming: Naming
    account_id: str
    region: str
    tags: dict[str, str] = field(init=False)
    """The tags that together say that a resource belongs to the environment."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "tags", {"Environment": self.naming.suffix, "Project": PROJECT})

    @property
    def partition(self) -> str:
        """As `aws` or `aws-cn`: the first part of every ARN."""
        return boto3.Session().get_partition_for_region(self.region)

    def owns(self, tags: list[dict[str, str]]) -> bool:
        """Whether tags, as most services return them, are the environment's."""
        present = {tag["Key"]: tag["Value"] for tag in tags}
        return self.tags.items() <= present.items()
