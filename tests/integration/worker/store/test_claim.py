"""Who gets which task."""

from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from pydantic import ValidationError

from lib.worker.store import Claim, Store
from tests.integration.worker.store.jobs import (
    CHECK,
    INFO,
    PREFIX,
    RAW,
    RENDITION,
    STREAM,
    advance_to,
    at_once,
    claimed,
    complete,
    job_id,
    rows,
    state_of,
    submission,
)


def test_a_job_goes_from_task_to_task_until_it_is_published(store: Store) -> None:
    assert store.claim("worker-1") is None
    store.submit(submission(location=STREAM))

    land = claimed(store)
    assert (land.kind, state_of(store)) == ("land", "planning")
    store.complete_land(land, RAW)
    plan = claimed(store)
    assert (plan.kind, plan.job.source) == ("plan", RAW)
    store.complete_plan(plan, INFO, [{"from": 0}, {"from": 5}])
    assert store.media_info(job_id()) == INFO
    first, second = claimed(store, "worker-1"), claimed(store, "worker-2")
    assert [(each.kind, each.segment, each.input) for each in (first, second)] == [
        ("encode", 0, {"from": 0}),
        ("encode", 1, {"from": 5}),
    ]
    store.complete_encode(second, {"frames": 2})
    assert (store.claim("worker-1"), state_of(store)) == (None, "encoding")
    store.complete_encode(first, {"frames": 1})
    assert [(each.segment, each.input, each.result) for each in store.encode_results(job_id())] == [
        (0, {"from": 0}, {"frames": 1}),
        (1, {"from": 5}, {"frames": 2}),
    ]
    finish = claimed(store)
    assert (finish.kind, state_of(store)) == ("finish", "finishing")
    store.publish(finish, prefix=PREFIX, renditions=[RENDITION], checks=[CHECK])

    assert rows(store, "SELECT state, published_prefix, published_token, cancel_requested FROM job") == [
        {
            "state": "published",
            "published_prefix": PREFIX,
            "published_token": finish.token,
            "cancel_requested": False,
        }
    ]
    assert rows(store, "SELECT name, height FROM rendition") == [{"name": "video-720", "height": 720}]
    assert rows(store, "SELECT check_id, outcome FROM compliance_check") == [
        {"check_id": "rights", "outcome": "passed"}
    ]
    assert store.claim("worker-1") is None
    assert land.token < plan.token < first.token < second.token < finish.token


def test_the_more_urgent_comes_first_and_the_older_within_a_class(store: Store) -> None:
    store.submit(submission("a", priority="bulk"))
    store.submit(submission("b"))
    store.submit(submission("c"))
    store.submit(submission("d", priority="urgent"))

    assert [claimed(store).job.content.id for _ in range(4)] == ["d", "b", "c", "a"]


def test_who_waits_becomes_more_urgent(store: Store) -> None:
    store.submit(submission("patient", priority="bulk"))
    store.submit(submission("normal", priority="normal"))
    store.submit(submission("urgent", priority="urgent"))
    rows(store, "UPDATE task SET run_after = now() - interval '11 minutes' WHERE priority = 2 RETURNING task_id")

    assert [claimed(store).job.content.id for _ in range(3)] == ["urgent", "patient", "normal"]


def test_workers_that_claim_at_once_get_a_task_each(stores: Callable[[int], list[Store]]) -> None:
    workers = stores(8)
    for number in range(20):
        workers[0].submit(submission(f"film-{number}"))

    def work(store: Store) -> list[Claim]:
        claims = []
        while claim := store.claim("worker"):
            claims.append(claim)
        return claims

    claims = [claim for result in at_once([partial(work, each) for each in workers]) for claim in result]

    assert Counter(claim.job_id for claim in claims) == Counter(job_id(f"film-{number}") for number in range(20))
    assert len({claim.token for claim in claims}) == 20


def test_nobody_goes_away_empty_while_segments_of_one_job_wait(stores: Callable[[int], list[Store]]) -> None:
    workers = stores(8)
    workers[0].submit(submission())
    complete(workers[0], claimed(workers[0]), segments=8)

    claims = at_once([partial(claimed, each) for each in workers])

    assert {claim.segment for claim in claims} == set(range(8))


def test_segments_that_end_at_once_make_one_finish_task(stores: Callable[[int], list[Store]]) -> None:
    workers = stores(6)
    for number in range(5):
        content_id = f"film-{number}"
        workers[0].submit(submission(content_id))
        complete(workers[0], claimed(workers[0]), segments=6)
        claims = [claimed(store) for store in workers]

        at_once([partial(each.complete_encode, claim, {}) for each, claim in zip(workers, claims, strict=True)])

        finish = claimed(workers[0])
        assert (finish.kind, finish.job_id) == ("finish", job_id(content_id))
        assert workers[1].claim("worker") is None


def test_a_plan_without_tasks_is_refused(store: Store) -> None:
    store.submit(submission())
    claim = claimed(store)

    with pytest.raises(ValueError, match="at least one"):
        store.complete_plan(claim, INFO, [])
    assert not store.heartbeat(claim, None)


def test_what_is_published_or_unfinished_is_live(store: Store) -> None:
    store.submit(submission("a"))
    advance_to(store, "published")
    store.submit(submission("b"))
    store.submit(submission("c"))
    store.reject(claimed(store), "TRUNCATED", "It ends early.")

    assert store.live([job_id(each) for each in "abc"]).unfinished == {job_id(each) for each in "abc"}
    rows(store, "UPDATE job SET finished_at = finished_at - interval '12 minutes' RETURNING job_id")
    live = store.live([job_id(each) for each in "abc"])

    assert live.published == {PREFIX}
    assert live.unfinished == {job_id("c")}
    assert store.live([job_id("b")]).published == frozenset()


def test_a_record_that_this_version_does_not_understand_blocks_nobody(store: Store) -> None:
    for content_id in ("a-film", "another-film"):
        store.submit(submission(content_id))
    rows(
        store,
        """
        UPDATE content SET record = record || '{"colour": "blue"}' WHERE content_id = 'a-film' RETURNING content_id
        """,
    )

    first, second = claimed(store), claimed(store)

    with pytest.raises(ValidationError):
        _ = first.job.content
    assert second.job.content.id == "another-film"
