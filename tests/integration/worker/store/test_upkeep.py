"""Messages are sent at least once, and what was lost is rung for again."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from lib.contracts.messages import JobDead, TaskReady
from lib.worker.store import Store
from tests.integration.worker.store.jobs import (
    RAW,
    STREAM,
    SUBMITTED_AT,
    at_once,
    claimed,
    job_id,
    rows,
    submission,
)


def test_a_message_is_taken_by_one_and_comes_again_unless_it_is_sent(store: Store) -> None:
    store.submit(submission())

    (item,) = store.due_outbox()
    assert (item.kind, item.payload, item.attempts) == ("doorbell", TaskReady().model_dump(mode="json"), 1)
    assert store.due_outbox() == []
    rows(store, "UPDATE outbox SET taken_until = now() - interval '1 s' RETURNING id")
    (again,) = store.due_outbox()
    assert (again.id, again.attempts) == (item.id, 2)
    store.mark_sent([again.id])
    rows(store, "UPDATE outbox SET taken_until = now() - interval '1 s' RETURNING id")
    assert store.due_outbox() == []


def test_senders_at_once_send_each_message_once(stores: Callable[[int], list[Store]]) -> None:
    workers = stores(6)
    for number in range(30):
        workers[0].submit(submission(f"film-{number}"))

    taken = at_once([partial(each.due_outbox, 10) for each in workers])

    ids = [item.id for items in taken for item in items]
    assert len(ids) == len(set(ids)) == 30


def test_a_message_that_is_due_in_over_a_quarter_of_an_hour_waits(store: Store) -> None:
    store.submit(submission())
    rows(store, "UPDATE outbox SET run_after = now() + interval '1 hour' RETURNING id")
    assert store.due_outbox() == []
    rows(store, "UPDATE outbox SET run_after = now() + interval '10 minutes' RETURNING id")

    (item,) = store.due_outbox()

    assert 595 <= item.delay_seconds <= 600


def test_a_dead_letter_is_one_that_the_contract_knows(store: Store) -> None:
    store.submit(submission())
    rows(store, "UPDATE task SET max_attempts = 1 RETURNING task_id")
    store.retry_later(claimed(store), "OUT_OF_MEMORY", "It is too large.")

    (letter,) = (item for item in store.due_outbox() if item.kind == "dead_letter")

    assert JobDead.model_validate(letter.payload) == JobDead(
        job_id=job_id(), content_id="a-film", code="OUT_OF_MEMORY", reason="It is too large."
    )


def test_lost_doorbells_are_rung_again_and_others_not(store: Store) -> None:
    for number in range(5):
        store.submit(submission(f"film-{number}"))
    assert store.ring_again(queued=0) == 0, "they are in the outbox"
    store.mark_sent([item.id for item in store.due_outbox()])
    assert store.ring_again(queued=5) == 0, "they are in the queue"

    assert store.ring_again(queued=3) == 2

    assert len(store.due_outbox()) == 2


def test_a_doorbell_that_a_sender_took_and_did_not_send_is_rung_again(store: Store) -> None:
    store.submit(submission())
    assert len(store.due_outbox()) == 1

    assert store.ring_again(queued=0) == 1


def test_sent_messages_are_kept_for_a_week(store: Store) -> None:
    store.submit(submission("a"))
    store.submit(submission("b"))
    store.mark_sent([item.id for item in store.due_outbox()])
    assert store.forget_sent() == 0
    rows(store, "UPDATE outbox SET sent_at = now() - interval '8 days' WHERE id = 1 RETURNING id")

    assert store.forget_sent() == 1


def test_the_overview_tells_what_waits(store: Store) -> None:
    empty = store.overview()
    assert (empty.jobs, empty.tasks, empty.waiting, empty.unsent) == ({}, {}, 0, 0)
    assert (empty.oldest_waiting_seconds, empty.oldest_unlanded) == (None, None)
    store.submit(submission("in-s3", sequence=1))
    store.submit(submission("streamed", sequence=2, location=STREAM))
    store.submit(submission("streamed-later", sequence=3, location=STREAM))
    rows(store, "UPDATE task SET run_after = now() - interval '90 s' RETURNING task_id")
    land = claimed(store)

    overview = store.overview()

    assert overview.jobs == {"received": 2, "planning": 1}
    assert overview.tasks == {"ready": 2, "leased": 1}
    assert (overview.waiting, overview.unsent) == (2, 3)
    assert overview.oldest_waiting_seconds is not None
    assert 90 <= overview.oldest_waiting_seconds < 120
    assert overview.oldest_unlanded == SUBMITTED_AT + timedelta(seconds=2)
    store.complete_land(land, RAW)
    assert store.overview().oldest_unlanded == SUBMITTED_AT + timedelta(seconds=3)
