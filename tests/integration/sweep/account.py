"""One emulated account, and the sweep of an environment in it."""

from functools import cache
from typing import Any

import boto3

from lib.naming import Naming
from streamflix_cli.deploy.sweep import Leftover, delete_leftovers, find_leftovers

ACCOUNT_ID = "123456789012"
REGION = "eu-central-1"


class Account:
    """What a test does in the account."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.session: Any = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
        self.client = cache(self._client)

    def _client(self, service: str) -> Any:
        return self.session.client(service, endpoint_url=self.endpoint)

    def sweep(self, naming: Naming) -> list[Leftover]:
        return find_leftovers(
            self.session,
            naming=naming,
            account_id=ACCOUNT_ID,
            region=REGION,
            endpoint=self.endpoint,
            settle_seconds=0,
        )

    def delete(self, leftovers: list[Leftover]) -> list[Leftover]:
        return delete_leftovers(self.session, leftovers, region=REGION, endpoint=self.endpoint)
