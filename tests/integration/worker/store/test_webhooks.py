"""However a job ends, it is told: once to the topic, once to each receiver, until it is delivered or given up."""

from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
import pytest

from lib.contracts.audit import verify
from lib.contracts.events import VideoEvent
from lib.contracts.states import FINAL_JOB_STATES
from lib.worker.store import Store, WebhookRow
from tests.integration.worker.conftest import AUDIT_KEY
from tests.integration.worker.store.jobs import (
    CHECK,
    PREFIX,
    RENDITION,
    advance_to,
    at_once,
    claimed,
    job_id,
    rows,
    submission,
    trail,
)
from tests.postgresql import PostgreSQL

HERE, THERE = "https://here.example/a", "https://there.example/b"
PERSON = "person:fedcba9876543210"


def publish(store: Store) -> None:
    advance_to(store, "published")


def hold(store: Store) -> None:
    store.hold(claimed(store), "RIGHTS_MISSING", "There are none.", [CHECK])


def reject(store: Store) -> None:
    store.reject(claimed(store), "NOT_A_VIDEO", "It is a text of Mr. Smith's.")


def bury(store: Store) -> None:
    rows(store, "UPDATE task SET max_attempts = 1 RETURNING task_id")
    store.retry_later(claimed(store), "DISK_FULL", "There is no room for Mr. Smith's film.")


def cancel(store: Store) -> None:
    store.cancelled(claimed(store))


ENDS: dict[str, tuple[Callable[[Store], None], dict[str, Any]]] = {
    "published": (publish, {"prefix": PREFIX}),
    "held": (hold, {"code": "RIGHTS_MISSING"}),
    "rejected": (reject, {"code": "NOT_A_VIDEO"}),
    "dead": (bury, {"code": "DISK_FULL"}),
    "cancelled": (cancel, {}),
}


def test_every_final_state_has_its_case() -> None:
    assert ENDS.keys() == FINAL_JOB_STATES


@pytest.mark.parametrize("state", sorted(ENDS))
def test_a_job_that_ends_is_told_as_the_contract_says(store: Store, state: str) -> None:
    end, said = ENDS[state]
    store.submit(submission())
    end(store)

    (told,) = (item.payload for item in store.due_outbox() if item.kind == "event")

    event = VideoEvent.model_validate(told)
    assert event.model_dump(mode="json", exclude_none=True) == {
        **told,
        "timestamp": event.timestamp.isoformat().replace("+00:00", "Z"),
    }
    assert told == {
        "id": str(event.id),
        "type": f"video.{state}",
        "v": 1,
        "timestamp": told["timestamp"],
        "job_id": str(job_id()),
        "content_id": "a-film",
        **said,
    }
    ((ended,),) = (row.values() for row in rows(store, "SELECT finished_at FROM job"))
    assert abs((ended - event.timestamp).total_seconds()) < 0.001
    store.address_webhooks([HERE])
    assert [webhook.event for webhook in store.due_webhooks(HERE)] == [told]


def test_what_an_operator_cancels_is_told_and_keeps_no_reason_from_before(
    store: Store, postgresql: PostgreSQL, database_name: str
) -> None:
    store.submit(submission())
    hold(store)
    with postgresql.connect(database_name, "operator") as operator:
        operator.execute("SET timezone = 'Asia/Tokyo'")
        operator.execute("SELECT operator_cancel(%s, %s)", [job_id(), PERSON])

    held, cancelled = (item.payload for item in store.due_outbox() if item.kind == "event")

    assert (held["type"], cancelled["type"]) == ("video.held", "video.cancelled")
    assert "code" not in cancelled
    assert held["id"] != cancelled["id"]
    assert VideoEvent.model_validate(cancelled).timestamp >= VideoEvent.model_validate(held).timestamp


def test_nothing_is_told_of_what_did_not_happen(store: Store) -> None:
    store.submit(submission())
    advance_to(store, "finishing")
    with pytest.raises(psycopg.errors.UniqueViolation):
        store.publish(claimed(store), prefix=PREFIX, renditions=[RENDITION, RENDITION], checks=[])

    assert rows(store, "SELECT FROM webhook") == []
    assert {item.kind for item in store.due_outbox()} == {"doorbell"}


@pytest.fixture
def ended(store: Store) -> Store:
    """Three titles are rejected."""
    for number in range(3):
        store.submit(submission(f"film-{number}"))
        reject(store)
    return store


def titles(webhooks: list[WebhookRow]) -> list[str]:
    return [webhook.event["content_id"] for webhook in webhooks]


def test_senders_at_once_address_each_event_to_each_receiver_once(
    ended: Store, stores: Callable[[int], list[Store]]
) -> None:
    at_once([partial(each.address_webhooks, [HERE, THERE]) for each in stores(6)])

    assert titles(ended.due_webhooks(HERE)) == titles(ended.due_webhooks(THERE)) == ["film-0", "film-1", "film-2"]


def test_without_receivers_nothing_is_kept(ended: Store) -> None:
    ended.address_webhooks([])
    assert rows(ended, "SELECT FROM webhook") == []


def test_senders_at_once_send_each_webhook_once(ended: Store, stores: Callable[[int], list[Store]]) -> None:
    ended.address_webhooks([HERE])

    taken = at_once([partial(each.due_webhooks, HERE) for each in stores(6)])

    assert sorted(titles([webhook for webhooks in taken for webhook in webhooks])) == ["film-0", "film-1", "film-2"]


@pytest.fixture
def later(postgresql: PostgreSQL, database_name: str) -> Callable[[int], None]:
    """`later(60)`: a minute passes for all webhooks."""

    def pass_by(seconds: int) -> None:
        with postgresql.connect(database_name, "owner") as owner:
            owner.execute(
                """
                UPDATE webhook SET tried_at = tried_at - make_interval(secs => %(seconds)s),
                                   created_at = created_at - make_interval(secs => %(seconds)s)
                """,
                {"seconds": seconds},
            )

    return pass_by


def test_a_failure_is_tried_again_after_ever_longer_waits(store: Store, later: Callable[[int], None]) -> None:
    store.submit(submission())
    reject(store)
    store.address_webhooks([HERE])
    waits = [60, 120, 240, 480, 960, 1920, 3600, 3600]
    for attempt, wait in enumerate(waits, start=1):
        (webhook,) = store.due_webhooks(HERE)
        assert (webhook.attempts, webhook.is_last) == (attempt, False)
        later(wait - 5)
        assert store.due_webhooks(HERE) == []
        later(10)
    later(24 * 3600 - sum(waits))
    (webhook,) = store.due_webhooks(HERE)
    assert webhook.is_last


def test_a_receiver_that_failed_rests_a_minute_whatever_else_there_is_for_it(
    ended: Store, later: Callable[[int], None]
) -> None:
    ended.address_webhooks([HERE, THERE])
    failed, *untried = ended.due_webhooks(HERE)
    ended.return_webhooks([webhook.id for webhook in untried])
    later(55)
    assert ended.due_webhooks(HERE) == []
    assert len(ended.due_webhooks(THERE)) == 3, "others do not wait for it"

    later(10)

    due = ended.due_webhooks(HERE)
    assert titles(due) == ["film-1", "film-2", failed.event["content_id"]], "what failed comes last"
    assert [webhook.attempts for webhook in due] == [1, 1, 2]


def test_what_is_delivered_is_gone_for_its_receiver_alone(ended: Store) -> None:
    ended.address_webhooks([HERE, THERE])
    for webhook in ended.due_webhooks(HERE):
        ended.webhook_delivered(webhook)

    assert ended.due_webhooks(HERE) == []
    assert len(ended.due_webhooks(THERE)) == 3


def test_what_is_given_up_stands_in_the_sealed_trail_once(ended: Store, stores: Callable[[int], list[Store]]) -> None:
    ended.address_webhooks([HERE])
    webhook, *_ = ended.due_webhooks(HERE)

    given_up = [partial(each.give_up_webhook, webhook, receiver="https://here", problem="Gone.") for each in stores(4)]
    at_once(given_up)

    sealed = trail(ended)
    assert list(verify(sealed, AUDIT_KEY)) == []
    (event,) = (event for _, event in sealed if event and event.subject_kind == "webhook")
    assert (event.action, event.subject_id, event.job_id, event.after) == (
        "webhook.given_up",
        webhook.event["id"],
        job_id("film-0"),
        {"receiver": "https://here", "problem": "Gone."},
    )
    assert len(rows(ended, "SELECT FROM webhook")) == 2


def test_what_was_given_up_is_counted_once_each_for_two_hours(
    ended: Store, postgresql: PostgreSQL, database_name: str
) -> None:
    assert ended.webhooks_given_up() == 0
    ended.address_webhooks([HERE])
    for webhook in ended.due_webhooks(HERE)[:2]:
        ended.give_up_webhook(webhook, receiver="https://here", problem="Gone.")
    with postgresql.connect(database_name, "owner") as owner:
        # Nothing of the trail can be made older, but its owner can add what is.
        for minutes in (119, 121):
            owner.execute(
                """
                INSERT INTO audit_event (at, actor, action, subject_kind, subject_id)
                VALUES (now() - make_interval(mins => %s), 'housekeeping', 'webhook.given_up', 'webhook', 'x')
                """,
                [minutes],
            )

    assert ended.webhooks_given_up() == 3


def test_a_receiver_that_was_removed_is_left_alone_for_a_day(ended: Store, later: Callable[[int], None]) -> None:
    ended.address_webhooks([HERE, THERE])
    later(24 * 3600 - 60)
    assert ended.unaddressed_webhooks([HERE]) == [], "workers that know it may still run"
    later(120)

    assert len(ended.unaddressed_webhooks([HERE])) == len(ended.unaddressed_webhooks([THERE])) == 3
    assert ended.unaddressed_webhooks([HERE, THERE]) == []
    assert len(ended.unaddressed_webhooks([])) == 6


def test_a_message_of_a_kind_that_only_a_later_version_knows_is_left_to_it(
    store: Store, postgresql: PostgreSQL, database_name: str
) -> None:
    with postgresql.connect(database_name, "owner") as owner:
        owner.execute("ALTER TABLE outbox DROP CONSTRAINT outbox_kind_check")
        owner.execute("INSERT INTO outbox (kind, payload) VALUES ('pigeon', '{}')")

    assert store.due_outbox() == []
    assert rows(store, "SELECT kind, attempts FROM outbox") == [{"kind": "pigeon", "attempts": 0}]
