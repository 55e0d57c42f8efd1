"""Webhooks reach real receivers over HTTPS, whatever those do."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from lib.worker import webhooks
from lib.worker.assembly import app_database, make_consumer, make_housekeeping
from lib.worker.settings import HousekeepingSettings, Receiver as ReceiverSettings, Settings
from lib.worker.store import Store
from lib.worker.webhooks import Webhooks
from streamflix_cli.local.database.certificates import Authority
from tests.integration.worker.pipeline import Clients, Pipeline
from tests.postgresql import PostgreSQL
from tests.webhooks import Receiver, receiving, status

KEY = "k" * 64


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Signs the receivers' certificates, and is trusted as those of the image are."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    return authority


@pytest.fixture
def start(authority: Authority) -> Iterator[Callable[..., Receiver]]:
    """`start()`: another receiver."""
    with ExitStack() as running:
        yield lambda *, key=KEY, name="localhost": running.enter_context(receiving(authority, key, name=name))


@pytest.fixture
def receiver(start: Callable[..., Receiver]) -> Receiver:
    return start()


@pytest.fixture
def key_arn(clients: Clients) -> str:
    arn: str = clients("secretsmanager").create_secret(Name=f"key-{uuid4().hex}", SecretString=KEY)["ARN"]
    return arn


class Told:
    """What is to be told, to whom, and what became of it."""

    def __init__(
        self, store: Store, clients: Clients, key_arn: str, owner: Callable[..., list[dict[str, Any]]]
    ) -> None:
        self.store = store
        self.query = owner
        self._clients = clients
        self._key_arn = key_arn

    def sender(self, *receivers: Receiver) -> Webhooks:
        return Webhooks(
            store=self.store,
            secrets=self._clients("secretsmanager"),
            receivers=[ReceiverSettings(url=receiver.url, key_arn=self._key_arn) for receiver in receivers],
        )

    def event(self, name: str = "film") -> None:
        """As the trigger posts it."""
        event = {"id": str(uuid4()), "type": "video.published", "v": 1, "job_id": str(uuid4()), "content_id": name}
        self.query("INSERT INTO webhook (event) VALUES (%s) RETURNING id", json.dumps(event))

    def later(self, seconds: int) -> None:
        self.query(
            """
            UPDATE webhook SET tried_at = tried_at - make_interval(secs => %(seconds)s),
                               created_at = created_at - make_interval(secs => %(seconds)s) RETURNING id
            """,
            seconds=seconds,
        )

    def left(self) -> list[dict[str, Any]]:
        return self.query("SELECT event ->> 'content_id' AS title, attempts FROM webhook ORDER BY id")

    def given_up(self) -> list[dict[str, Any]]:
        return [row["after"] for row in self.query("SELECT after FROM audit_event WHERE action = 'webhook.given_up'")]


@pytest.fixture
def told(store: Store, clients: Clients, key_arn: str, postgresql: PostgreSQL, database_name: str) -> Told:
    def owner(statement: str, *values: object, **named: object) -> list[dict[str, Any]]:
        with postgresql.connect(database_name, "owner") as connection:
            return connection.execute(statement.encode(), named or values).fetchall()

    return Told(store, clients, key_arn, owner)


def titles(receiver: Receiver) -> list[str]:
    return [event["content_id"] for event in receiver.events]


def test_each_receiver_gets_every_event_signed_and_once(told: Told, start: Callable[..., Receiver]) -> None:
    receivers = [start(), start()]
    sender = told.sender(*receivers)
    told.event("one")
    told.event("two")

    sender.send()
    sender.send()

    for receiver in receivers:
        assert titles(receiver) == ["one", "two"]
        assert receiver.ids == [event["id"] for event in receiver.events]
        assert receiver.refused == 0
    assert told.left() == []


def test_a_message_keeps_its_id_until_it_is_delivered(told: Told, receiver: Receiver) -> None:
    sender = told.sender(receiver)
    told.event()
    for attempt, code in enumerate([500, 503, 404, 200], start=1):
        receiver.answer = status(code)
        sender.send()
        sender.send()
        assert len(receiver.ids) == attempt, "a minute must pass"
        told.later(3600)

    assert len(set(receiver.ids)) == 1
    assert told.left() == []
    assert told.given_up() == []


def test_what_fails_for_a_day_is_given_up(told: Told, receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    receiver.answer = status(500)
    sender = told.sender(receiver)
    told.event()
    sender.send()
    told.later(24 * 3600)

    sender.send()

    assert told.left() == []
    origin = receiver.url.removesuffix("/hooks/secret")
    assert told.given_up() == [{"receiver": origin, "problem": "It answers 500."}]
    assert f"video.published is given up for {origin}: It answers 500." in caplog.text
    assert "secret" not in caplog.text


def test_a_receiver_that_is_gone_is_not_asked_again(told: Told, receiver: Receiver) -> None:
    receiver.answer = status(410)
    told.event("one")
    told.event("two")

    told.sender(receiver).send()

    assert titles(receiver) == ["one", "two"]
    assert told.left() == []
    assert [each["problem"] for each in told.given_up()] == ["It answers 410."] * 2


def test_no_redirect_is_followed(told: Told, start: Callable[..., Receiver]) -> None:
    elsewhere, receiver = start(), start()
    receiver.answer = status(307, location=elsewhere.url)
    told.event()

    told.sender(receiver).send()

    assert (len(receiver.events), len(elsewhere.events)) == (1, 0)
    assert told.left() == [{"title": "film", "attempts": 1}]


@pytest.mark.parametrize("wrong", ["another name", "another authority"])
def test_a_receiver_that_cannot_prove_who_it_is_is_told_nothing(
    told: Told, start: Callable[..., Receiver], wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = start(name="elsewhere.example" if wrong == "another name" else "localhost")
    if wrong == "another authority":
        (tmp_path / "another").mkdir()
        monkeypatch.setenv("SSL_CERT_FILE", str(Authority(tmp_path / "another").path))
    told.event()

    told.sender(receiver).send()

    assert (receiver.events, receiver.refused) == ([], 0)
    assert told.left() == [{"title": "film", "attempts": 1}]


def test_what_is_not_https_is_no_receiver() -> None:
    with pytest.raises(ValueError, match="https"):
        ReceiverSettings(url="http://here.example", key_arn="arn")


def silent(request: BaseHTTPRequestHandler) -> None:
    """Does not answer before the client gives up."""
    request.connection.settimeout(30)
    request.connection.recv(1)


def dripping(request: BaseHTTPRequestHandler) -> None:
    """Sends one byte after another, without end."""
    request.wfile.write(b"HTTP/1.1 200 OK\r\nx: ")
    for _ in range(60):
        request.wfile.write(b"x")
        time.sleep(0.2)


@pytest.mark.parametrize("hanging", [silent, dripping])
def test_a_receiver_that_hangs_costs_a_bounded_time_and_keeps_back_no_other(
    told: Told,
    start: Callable[..., Receiver],
    hanging: Callable[[BaseHTTPRequestHandler], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhooks, "BEGIN_SECONDS", 0.5)
    monkeypatch.setattr(webhooks, "ANSWER_SECONDS", 1)
    dead, alive = start(), start()
    dead.answer = hanging
    arrived: list[float] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        arrived.append(time.monotonic())
        status(200)(request)

    alive.answer = answer
    for number in range(5):
        told.event(f"film-{number}")
    sender = told.sender(dead, alive)

    began = time.monotonic()
    sender.send()
    took = time.monotonic() - began

    assert took < 3
    assert len(arrived) == 5
    assert max(arrived) - began < 1
    assert told.left() == [{"title": f"film-{number}", "attempts": int(number == 0)} for number in range(5)]
    # It rests a minute; and while a thread hangs there, no other is begun.
    began = time.monotonic()
    sender.send()
    if hanging is dripping:
        told.later(65)
        sender.send()
    assert time.monotonic() - began < 1
    assert len(dead.events) == 1


def test_nobody_listens(told: Told, receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    nowhere = Receiver("https://localhost:1/hooks/secret", KEY, status(200))
    nobody = Receiver("https://nobody.invalid/hooks/secret", KEY, status(200))
    told.event()

    told.sender(nowhere, nobody, receiver).send()

    assert titles(receiver) == ["film"]
    assert [row["attempts"] for row in told.left()] == [1, 1]
    assert "NewConnectionError" in caplog.text
    assert "NameResolutionError" in caplog.text
    assert "secret" not in caplog.text


def test_a_rotated_key_takes_over_while_receivers_still_have_the_one_before(
    told: Told, start: Callable[..., Receiver], clients: Clients, key_arn: str
) -> None:
    new, newest = "n" * 64, "m" * 64
    late, early = start(), start()
    sender = told.sender(late, early)
    told.event("first")
    sender.send()

    clients("secretsmanager").put_secret_value(SecretId=key_arn, SecretString=new)
    early.key = new
    told.event("rotated")
    sender.send()
    assert titles(late) == titles(early) == ["first", "rotated"]

    clients("secretsmanager").put_secret_value(SecretId=key_arn, SecretString=newest)
    told.event("rotated again")
    sender.send()

    assert titles(early) == ["first", "rotated", "rotated again"]
    assert (titles(late), late.refused) == (["first", "rotated"], 1), "the key of two rotations ago signs nothing"
    late.key = newest
    told.later(65)
    sender.send()
    assert titles(late)[-1] == "rotated again"


def test_a_value_that_is_no_key_is_named_and_not_shown(
    told: Told, receiver: Receiver, clients: Clients, key_arn: str, caplog: pytest.LogCaptureFixture
) -> None:
    clients("secretsmanager").put_secret_value(SecretId=key_arn, SecretString="hush")
    sender = told.sender(receiver)
    told.event("one")
    told.event("two")
    sender.send()
    assert [row["attempts"] for row in told.left()] == [1, 0]
    assert "24 to 64 bytes" in caplog.text
    assert "hush" not in caplog.text

    clients("secretsmanager").put_secret_value(SecretId=key_arn, SecretString=KEY)
    told.later(65)
    sender.send()

    assert sorted(titles(receiver)) == ["one", "two"]


def test_what_a_removed_receiver_was_not_told_is_given_up_after_a_day(told: Told, receiver: Receiver) -> None:
    receiver.answer = status(500)
    told.event()
    told.sender(receiver).send()
    told.later(25 * 3600)

    told.sender().send()

    assert told.left() == []
    assert [each["problem"] for each in told.given_up()] == ["It is not configured any more."]


def test_workers_and_housekeeping_tell_how_jobs_end(
    pipeline: Pipeline, receiver: Receiver, key_arn: str, tmp_path: Path
) -> None:
    told = json.dumps({"webhooks": [{"url": receiver.url, "key_arn": key_arn}]})
    environment = {**pipeline.environment, "NOTIFICATION_SETTINGS": told}
    with closing(app_database(Settings.model_validate(environment))) as database:
        consumer = make_consumer(Settings.model_validate(environment), database)
        housekeeping = make_housekeeping(HousekeepingSettings.model_validate(environment), database)
        (tmp_path / "text.mp4").write_text("no video")
        job = pipeline.submit(tmp_path / "text.mp4")
        consumer.turn(wait_seconds=2)
        pipeline.query("SELECT operator_retry(%s, 'person:0123456789abcdef')", job)
        pipeline.query("SELECT operator_cancel(%s, 'person:0123456789abcdef')", job)
        assert housekeeping.run()

    rejected, cancelled = receiver.events
    assert (rejected["type"], rejected["code"]) == ("video.rejected", "NOT_A_VIDEO")
    assert cancelled["type"] == "video.cancelled"
    assert {event["job_id"] for event in receiver.events} == {str(job)}
    topic = [json.loads(message["Body"]) for message in pipeline.received(pipeline.deployed.events_url)]
    assert topic == receiver.events, "the topic is told the same"
