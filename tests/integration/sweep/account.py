"""One emulated account, and the sweep of an environment in it."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
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

    @contextmanager
    def limited_to(self, actions: list[str]) -> Iterator[Any]:
        """A session of a user who may do these actions only; meanwhile the emulator checks permissions."""
        iam, name = self.client("iam"), f"limited-{len(actions[0])}"
        iam.create_user(UserName=name)
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        iam.put_user_policy(
            UserName=name,
            PolicyName="limited",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
        key = iam.create_access_key(UserName=name)["AccessKey"]
        self._check_permissions_after(0)
        try:
            yield boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=REGION)
        finally:
            self._check_permissions_after(float("inf"))

    def _check_permissions_after(self, calls: float) -> None:
        request = urllib.request.Request(
            f"{self.endpoint}/moto-api/reset-auth", data=str(calls).encode(), headers={"Content-Type": "text/plain"}
        )
        with urllib.request.urlopen(request, timeout=30):
            return
