"""A submission becomes one job, however often it comes."""

from collections.abc import Callable
from functools import partial

import pytest

from lib.contracts.states import JobState
from lib.worker.store import Store
from tests.integration.worker.store.jobs import (
    STREAM,
    advance_to,
    at_once,
    claimed,
    complete,
    job_id,
    make_due,
    rows,
    state_of,
    submission,
)


def test_a_job_carries_what_was_submitted(store: Store) -> None:
    sent = submission(priority="bulk")

    assert store.submit(sent) == "received"

    job = claimed(store).job
    assert job.content == sent.record.content
    assert (job.job_id, job.file_name, job.size, job.sha256) == (job_id(), "film.mp4", 1000, sent.record.sha256)
    assert (job.priority, job.source) == ("bulk", sent.record.location)


def test_a_streamed_video_is_landed_first_and_urgently(store: Store) -> None:
    store.submit(submission("object"))
    store.submit(submission("streamed", location=STREAM, priority="bulk"))

    claim = claimed(store)

    assert (claim.kind, claim.job.content.id, claim.job.priority) == ("land", "streamed", "bulk")


def test_a_repeated_delivery_changes_nothing(store: Store) -> None:
    store.submit(submission())
    advance_to(store, "encoding")

    assert store.submit(submission()) == "encoding"
    assert store.submit(submission(sequence=2)) == "encoding"
    assert [row["kind"] for row in rows(store, "SELECT kind FROM task ORDER BY kind")] == ["encode", "encode", "plan"]


def test_a_published_job_stays_as_it_is(store: Store) -> None:
    store.submit(submission())
    advance_to(store, "published")

    assert store.submit(submission(sequence=2, title="Another title")) == "published"
    assert rows(store, "SELECT record -> 'titles' AS titles FROM content") == [{"titles": {"en": "A film"}}]


@pytest.mark.parametrize("state", ["rejected", "held", "cancelled", "dead"])
def test_a_newer_submission_reopens_a_job_that_rests(store: Store, state: JobState) -> None:
    store.submit(submission())
    advance_to(store, "encoding")
    claim = claimed(store)
    match state:
        case "rejected":
            store.reject(claim, "TRUNCATED", "It ends early.")
        case "held":
            store.hold(claim, "RIGHTS_MISSING", "Whose is it?", [])
        case "cancelled":
            store.cancelled(claim)
        case "dead":
            while store.retry_later(claim, "DISK_FULL", "There is no room."):
                make_due(store)
                claim = claimed(store)
    assert state_of(store) == state

    assert store.submit(submission()) == state, "the same delivery again"
    assert store.submit(submission(sequence=2, title="A better title")) == "received"

    claim = claimed(store)
    assert (claim.kind, claim.attempt, claim.job.content.titles) == ("plan", 1, {"en": "A better title"})
    assert rows(store, "SELECT reason_code, reason, finished_at FROM job") == [
        {"reason_code": None, "reason": None, "finished_at": None}
    ]
    complete(store, claim)
    advance_to(store, "published")


def test_an_older_submission_that_arrives_late_reopens_nothing(store: Store) -> None:
    store.submit(submission(sequence=10))
    store.reject(claimed(store), "TRUNCATED", "It ends early.")

    assert store.submit(submission(sequence=9)) == "rejected"


def test_submissions_at_once_are_one_job(stores: Callable[[int], list[Store]]) -> None:
    workers = stores(6)

    states = at_once([partial(each.submit, submission()) for each in workers])

    assert set(states) <= {"received"}
    assert [row["kind"] for row in rows(workers[0], "SELECT kind FROM task")] == ["plan"]
    assert [item.kind for item in workers[0].due_outbox()] == ["doorbell"]
