"""The rotation function's steps, against moto's Secrets Manager and a database that keeps roles."""

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.secretsmanager.models import secretsmanager_backends

from lib.rotation.handler import Event, Owner, Rotation, RotationError, handler, other_user, scram_verifier


class Roles(Owner):
    """The database's roles: it understands the statements of a rotation and records them."""

    def __init__(self, *names: str) -> None:
        self.logins = set(names)
        self.members: set[tuple[str, str]] = set()
        self.statements: list[str] = []

    def execute(self, sql: str, **parameters: str) -> list[list[dict[str, Any]]]:
        self.statements.append(sql)
        if sql.startswith("CREATE ROLE"):
            self.logins.add(sql.split('"')[1])
        elif sql.startswith("GRANT"):
            _, group, _, user, _ = sql.split('"')
            self.members.add((user, group))
        elif "pg_has_role" in sql:
            known = parameters["name"] == parameters["group"] or (parameters["name"], parameters["group"])
            return [[{"stringValue": str(known is True or known in self.members).lower()}]]
        elif "pg_roles" in sql:
            return [[{"longValue": 1}]] if parameters["name"] in self.logins else []
        return []


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield boto3.client("secretsmanager", region_name="us-east-1")


@pytest.fixture
def secret(client: Any) -> str:
    value = {"engine": "postgres", "host": "db", "username": "app", "password": "first"}
    arn: str = client.create_secret(Name="database-app-secret-t1", SecretString=json.dumps(value))["ARN"]
    return arn


def current(client: Any, secret: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(
        client.get_secret_value(SecretId=secret, VersionStage="AWSCURRENT")["SecretString"]
    )
    return value


def begin(client: Any, secret: str, owner: Owner) -> Rotation:
    """A rotation as Secrets Manager begins it: with a version that is labelled as pending and has no value yet."""
    token = str(uuid.uuid4())
    versions = secretsmanager_backends["123456789012"]["us-east-1"].secrets[secret].versions
    versions[token] = {"createdate": 0, "version_id": token, "version_stages": ["AWSPENDING"]}
    return Rotation(client, owner, Event(SecretId=secret, ClientRequestToken=token, Step=""))


def rotate(client: Any, secret: str, owner: Owner) -> None:
    rotation = begin(client, secret, owner)
    for step in (rotation.create, rotation.set, rotation.test, rotation.finish):
        step()
        step()  # Secrets Manager may repeat each step.


def test_a_rotation_makes_the_twin_current_and_leaves_the_user_in_use_alone(client: Any, secret: str) -> None:
    roles = Roles("app")
    rotate(client, secret, roles)
    value = current(client, secret)
    assert value["username"] == "app_clone"
    assert value["password"] != "first"
    assert value["host"] == "db"
    assert ("app_clone", "app") in roles.members
    assert not [sql for sql in roles.statements if sql.startswith('ALTER ROLE "app"')]


def test_the_next_rotation_goes_back_to_the_first_user(client: Any, secret: str) -> None:
    roles = Roles("app")
    rotate(client, secret, roles)
    roles.statements.clear()
    rotate(client, secret, roles)
    assert current(client, secret)["username"] == "app"
    changed = [sql for sql in roles.statements if sql.startswith(("ALTER", "CREATE", "GRANT"))]
    assert changed
    assert all(sql.startswith('ALTER ROLE "app" LOGIN PASSWORD') for sql in changed)


def test_no_password_stands_in_a_statement(client: Any, secret: str) -> None:
    roles = Roles("app")
    rotate(client, secret, roles)
    password = current(client, secret)["password"]
    assert not [sql for sql in roles.statements if password in sql]


def test_the_previous_version_stays_readable(client: Any, secret: str) -> None:
    rotate(client, secret, Roles("app"))
    previous = client.get_secret_value(SecretId=secret, VersionStage="AWSPREVIOUS")["SecretString"]
    assert json.loads(previous)["username"] == "app"


def test_before_the_first_migration_nothing_is_changed(client: Any, secret: str) -> None:
    rotation = begin(client, secret, Roles())
    rotation.create()
    with pytest.raises(RotationError, match="run the migrations first"):
        rotation.set()
    assert current(client, secret)["username"] == "app"


def test_the_dry_run_of_a_new_schedule_only_asks_whether_the_database_answers(client: Any, secret: str) -> None:
    token = str(uuid.uuid4())
    value = client.get_secret_value(SecretId=secret)["SecretString"]
    client.put_secret_value(SecretId=secret, ClientRequestToken=token, SecretString=value, VersionStages=["AWSPENDING"])
    roles = Roles()
    Rotation(client, roles, Event(SecretId=secret, ClientRequestToken=token, Step="testSecret")).test()
    assert roles.statements == ["SELECT 1"]


def test_a_twin_that_lacks_what_the_first_user_has_is_not_made_current(client: Any, secret: str) -> None:
    roles = Roles("app", "app_clone")
    rotation = begin(client, secret, roles)
    rotation.create()
    with pytest.raises(RotationError, match="cannot log in as app"):
        rotation.test()


def test_the_password_in_use_is_never_changed(client: Any, secret: str) -> None:
    roles = Roles("app", "app_clone")
    rotation = begin(client, secret, roles)
    rotation.create()
    rotation.set()
    rotation.finish()
    with pytest.raises(RotationError, match="is in use"):
        rotation.set()


def test_an_unknown_version_is_refused(client: Any, secret: str) -> None:
    event = Event(SecretId=secret, ClientRequestToken=str(uuid.uuid4()), Step="createSecret")
    with pytest.raises(RotationError, match="does not exist"):
        Rotation(client, Roles("app"), event).create()


def test_an_unknown_step_is_refused(client: Any, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("CLUSTER_ARN", "DATABASE_NAME", "OWNER_SECRET_ARN"):
        monkeypatch.setenv(name, "x")
    with pytest.raises(RotationError, match="unknown step"):
        handler(Event(SecretId=secret, ClientRequestToken="t", Step="dropSecret"), None)


def test_twins_alternate() -> None:
    assert other_user("app") == "app_clone"
    assert other_user("app_clone") == "app"


def test_the_verifier_accepts_the_proof_of_rfc_7677() -> None:
    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    message = (f"n=user,r=rOprNGfwEbeRWgbNEkqO,r={nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r={nonce}").encode()
    proof = base64.b64decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")

    _, iterations_and_salt, keys = scram_verifier("pencil", salt).split("$")
    assert iterations_and_salt == "4096:W22ZaJ0SNY7soEsUEjb6gQ=="
    stored = base64.b64decode(keys.split(":")[0])
    client_key = bytes(a ^ b for a, b in zip(proof, hmac.digest(stored, message, "sha256"), strict=True))
    assert hashlib.sha256(client_key).digest() == stored
