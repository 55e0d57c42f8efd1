"""Rotates a database password between two users, so that none in use ever stops working.

A secret names the role `app`, or its twin `app_clone`. A rotation gives the one that is *not* in use a new
password and makes it current; connections under the other go on, until the rotation after next.
The function runs outside the VPC: it reaches the database through the RDS Data API, as the owner.

Secrets Manager calls it four times a rotation (createSecret, setSecret, testSecret, finishSecret), and each
call may be repeated. When a schedule is set without rotating at once it calls testSecret alone, on a pending
version that is a copy of the current one.
"""

import base64
import hashlib
import hmac
import json
import logging
import os
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, TypedDict

import boto3

CLONE_SUFFIX = "_clone"
PASSWORD_LENGTH = 40
SCRAM_ITERATIONS = 4096
"""PostgreSQL's default of `scram_iterations`."""
RESUME_SECONDS = 60
"""How long to wait for a paused cluster; it usually resumes in 15 s (Aurora user guide)."""

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)


class Event(TypedDict):
    """What Secrets Manager passes to a rotation function."""

    SecretId: str
    ClientRequestToken: str
    Step: str


class RotationError(Exception):
    """The rotation cannot go on; Secrets Manager retries, and the alarm on the function's errors tells."""


def handler(event: Event, _context: object) -> None:
    """Runs one step of a rotation.

    Raises:
        RotationError: The step is unknown, or secret and database are not in the state that it needs.
    """
    rotation = Rotation(boto3.client("secretsmanager"), Owner(boto3.client("rds-data"), os.environ), event)
    steps: dict[str, Callable[[], None]] = {
        "createSecret": rotation.create,
        "setSecret": rotation.set,
        "testSecret": rotation.test,
        "finishSecret": rotation.finish,
    }
    step = steps.get(event["Step"])
    if step is None:
        raise RotationError(f"unknown step {event['Step']!r}")
    step()
    logger.info("%s done for %s", event["Step"], event["SecretId"])


class Owner:
    """The database, as its owner, through the Data API.

    Args:
        client: A boto3 `rds-data` client.
        environment: `CLUSTER_ARN`, `DATABASE_NAME` and `OWNER_SECRET_ARN`.
    """

    def __init__(self, client: Any, environment: Mapping[str, str]) -> None:
        self._client = client
        self._target = {
            "resourceArn": environment["CLUSTER_ARN"],
            "database": environment["DATABASE_NAME"],
            "secretArn": environment["OWNER_SECRET_ARN"],
        }

    def execute(self, sql: str, **parameters: str) -> list[list[dict[str, Any]]]:
        """Runs a statement with named parameters and returns its records; waits for a paused cluster."""
        bound = [{"name": name, "value": {"stringValue": value}} for name, value in parameters.items()]
        deadline = time.monotonic() + RESUME_SECONDS
        while True:
            try:
                answer = self._client.execute_statement(**self._target, sql=sql, parameters=bound)
            except self._client.exceptions.DatabaseResumingException:
                if time.monotonic() > deadline:
                    raise
                time.sleep(3)
            else:
                records: list[list[dict[str, Any]]] = answer.get("records", [])
                return records

    def has_role(self, name: str) -> bool:
        """Whether a role of this name exists and may log in."""
        return bool(self.execute("SELECT 1 FROM pg_roles WHERE rolname = :name AND rolcanlogin", name=name))

    def is_member(self, name: str, group: str) -> bool:
        """Whether a role has all that another has."""
        records = self.execute("SELECT pg_has_role(:name, :group, 'USAGE')::text", name=name, group=group)
        return bool(records) and records[0][0].get("stringValue") == "true"


class Rotation:
    """One rotation of one secret.

    Args:
        client: A boto3 `secretsmanager` client.
        owner: The database.
        event: What Secrets Manager asks for.
    """

    def __init__(self, client: Any, owner: Owner, event: Event) -> None:
        self._client = client
        self._owner = owner
        self._secret = event["SecretId"]
        self._token = event["ClientRequestToken"]

    def create(self) -> None:
        """Writes the pending version: the other user, with a new password."""
        current = self._read("AWSCURRENT")
        if self._is_pending_written():
            return
        password = self._client.get_random_password(PasswordLength=PASSWORD_LENGTH, ExcludePunctuation=True)
        pending = {**current, "username": other_user(current["username"]), "password": password["RandomPassword"]}
        self._client.put_secret_value(
            SecretId=self._secret,
            ClientRequestToken=self._token,
            SecretString=json.dumps(pending),
            VersionStages=["AWSPENDING"],
        )

    def set(self) -> None:
        """Gives the pending user its password, making it a twin of the first one when it is new."""
        pending = self._read("AWSPENDING", self._token)
        user, group = pending["username"], base_user(pending["username"])
        if user == self._read("AWSCURRENT")["username"]:
            raise RotationError(f"{user} is in use: its password must not change")
        if not self._owner.has_role(group):
            raise RotationError(f"role {group} does not exist yet: run the migrations first")
        # Role names and passwords cannot be bound in DDL. Both are quoted, and the verifier keeps the
        # password itself out of the statement log.
        verb = "ALTER" if self._owner.has_role(user) else "CREATE"
        self._owner.execute(f"{verb} ROLE {identifier(user)} LOGIN PASSWORD '{scram_verifier(pending['password'])}'")
        if user != group and not self._owner.is_member(user, group):
            self._owner.execute(f"GRANT {identifier(group)} TO {identifier(user)}")

    def test(self) -> None:
        """Checks that the pending user can log in and has what the first one has."""
        pending = self._read("AWSPENDING", self._token)
        user = pending["username"]
        if user == self._read("AWSCURRENT")["username"]:
            self._owner.execute("SELECT 1")  # A dry run, maybe before the first migration.
            return
        if not (self._owner.has_role(user) and self._owner.is_member(user, base_user(user))):
            raise RotationError(f"role {user} cannot log in as {base_user(user)}")

    def finish(self) -> None:
        """Makes the pending version the current one."""
        stages = self._versions()
        if "AWSCURRENT" in stages.get(self._token, []):
            return
        previous = next(version for version, labels in stages.items() if "AWSCURRENT" in labels)
        self._client.update_secret_version_stage(
            SecretId=self._secret,
            VersionStage="AWSCURRENT",
            MoveToVersionId=self._token,
            RemoveFromVersionId=previous,
        )

    def _versions(self) -> dict[str, list[str]]:
        description = self._client.describe_secret(SecretId=self._secret)
        versions: dict[str, list[str]] = description.get("VersionIdsToStages", {})
        if self._token not in versions:
            raise RotationError(f"version {self._token} of {self._secret} does not exist")
        return versions

    def _is_pending_written(self) -> bool:
        self._versions()
        try:
            self._read("AWSPENDING", self._token)
        except self._client.exceptions.ResourceNotFoundException:
            return False
        return True

    def _read(self, stage: str, version: str | None = None) -> dict[str, Any]:
        which = {"VersionStage": stage} | ({"VersionId": version} if version else {})
        value: dict[str, Any] = json.loads(
            self._client.get_secret_value(SecretId=self._secret, **which)["SecretString"]
        )
        return value


def base_user(user: str) -> str:
    """The role that both twins stand for."""
    return user.removesuffix(CLONE_SUFFIX)


def other_user(user: str) -> str:
    """The twin of a user."""
    return base_user(user) if user.endswith(CLONE_SUFFIX) else user + CLONE_SUFFIX


def identifier(name: str) -> str:
    """A role's name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def scram_verifier(password: str, salt: bytes | None = None) -> str:
    """What PostgreSQL stores for an ASCII password (RFC 5802, SCRAM-SHA-256 of RFC 7677)."""
    salt = salt or secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, SCRAM_ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")

    def text(value: bytes) -> str:
        return base64.b64encode(value).decode()

    return f"SCRAM-SHA-256${SCRAM_ITERATIONS}:{text(salt)}${text(stored)}:{text(server)}"
