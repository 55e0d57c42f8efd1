"""Each invariant holds for a sound history and is violated by one that is not."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from lib.contracts.audit import seals
from tests.chaos.history import Accepted, History
from tests.chaos.invariants import INVARIANTS, check
from tests.chaos.manifests import reachable
from tests.chaos.sound import (
    ENCODE,
    FILES,
    FINISH,
    HOUSEKEEPING,
    KEY,
    LADDER,
    OTHER,
    PLAN,
    PREFIX,
    PUBLISHED,
    REJECTED,
    STORY,
    TOKEN,
    WORKER,
    events,
    published,
    sound,
)


def test_a_sound_history_violates_nothing() -> None:
    assert check(sound()) == []


def violates(history: History, *names: str) -> None:
    assert {violation.invariant for violation in check(history)} == set(names)


def test_a_violation_names_invariant_and_job() -> None:
    lost = Accepted("00000000-0000-0000-0000-000000000003", "gone", "cd" * 32, LADDER, frozenset({"published"}))
    (violation,) = check(replace(sound(), accepted=(*sound().accepted, lost, lost)))
    assert (violation.invariant, violation.subject) == ("I1", lost.job_id)


def test_a_job_of_another_title_is_not_the_submissions() -> None:
    history = sound()
    other = replace(history.accepted[0], content_id="other")
    violates(replace(history, accepted=(other, history.accepted[1])), "I1")


# I2


def test_two_jobs_of_a_key_are_not_both_published() -> None:
    history = sound()
    job = history.jobs[0]
    twin = replace(job, job_id="twin")
    found = list(INVARIANTS["I2"](replace(history, jobs=(*history.jobs, twin))))
    assert [broken.subject for broken in found] == ["film"]


def test_a_publication_is_told_once() -> None:
    again = (WORKER, "job", PUBLISHED, "finishing", "published")
    assert list(INVARIANTS["I2"](sound(story=(*STORY, again))))
    assert list(INVARIANTS["I2"](replace(sound(), announced=(PUBLISHED, PUBLISHED))))
    assert list(INVARIANTS["I2"](replace(sound(), announced=(PUBLISHED, REJECTED))))


# I3


@pytest.mark.parametrize(
    "change",
    [
        {"state": "encoding"},
        {"state": "dead", "reason_code": None},
        {"state": "dead", "reason_code": "DISK_FULL", "reason": ""},
        {"state": "held", "reason_code": "RIGHTS_MISSING", "reason": "For a file that is no video."},
    ],
)
def test_a_job_ends_as_its_input_allows_and_says_why(change: dict[str, str]) -> None:
    history = sound()
    broken = list(INVARIANTS["I3"](replace(history, jobs=(history.jobs[0], replace(history.jobs[1], **change)))))  # type: ignore[arg-type]
    assert [one.subject for one in broken] == [REJECTED]


@pytest.mark.parametrize("queue", ["jobs", "pipe dead letters"])
def test_nothing_waits_at_the_end(queue: str) -> None:
    violates(replace(sound(), queues={queue: 1}), "I3")


def test_dead_letters_may_lie_there() -> None:
    violates(replace(sound(), queues={"dead letters": 3}))


# I4


def test_a_changed_event_breaks_the_chain() -> None:
    history = sound()
    seal, event = history.trail[4]
    assert event is not None
    changed = event.model_copy(update={"actor": OTHER})
    assert list(INVARIANTS["I4"](replace(history, trail=(*history.trail[:4], (seal, changed), *history.trail[5:]))))


def test_an_event_that_is_gone_breaks_the_chain() -> None:
    history = sound()
    violates(replace(history, trail=history.trail[:-1]), "I4")
    seal, _ = history.trail[-1]
    violates(replace(history, trail=(*history.trail[:-1], (seal, None))), "I4")


def test_every_event_is_sealed() -> None:
    violates(replace(sound(), hidden=(7,)), "I4")
    violates(replace(sound(), unsealed=1), "I4")


def test_a_state_that_the_trail_does_not_tell_is_found() -> None:
    history = sound()
    tasks = tuple(replace(task, state="failed") if task.task_id == PLAN else task for task in history.tasks)
    violates(replace(history, tasks=tasks), "I4")
    violates(replace(history, tasks=(*history.tasks, replace(tasks[0], task_id="untold", attempts=0))), "I4")


def test_a_job_that_the_trail_alone_knows_is_found() -> None:
    history = sound()
    violates(replace(history, accepted=history.accepted[:1], jobs=history.jobs[:1]), "I4")


@pytest.mark.parametrize(
    "told",
    [
        (WORKER, "task", ENCODE, "done", "ready"),
        (WORKER, "task", ENCODE, "leased", "done"),
        (WORKER, "task", "unborn", None, "leased"),
    ],
    ids=["not allowed", "not from there", "not a beginning"],
)
def test_transitions_are_allowed_and_follow_on_each_other(told: tuple[str, str, str, str | None, str]) -> None:
    assert list(INVARIANTS["I4"](sound(story=(*STORY, told))))


def test_what_is_told_of_titles_is_no_transition() -> None:
    opened = events()[0].model_copy(
        update={"event_id": 99, "action": "title.opened", "subject_kind": "content", "before": None, "after": None}
    )
    told = [*events(), opened]
    violates(replace(sound(), trail=tuple(zip(seals(told, after=None, key=KEY), told, strict=True))))


# I5


def test_what_a_stale_token_published_is_found() -> None:
    history = sound()
    tasks = tuple(replace(task, lease_token=TOKEN + 2) if task.task_id == FINISH else task for task in history.tasks)
    violates(replace(history, tasks=tasks), "I5")


def test_what_a_stale_token_encoded_is_found() -> None:
    history = sound()
    tasks = tuple(replace(task, lease_token=8) if task.task_id == ENCODE else task for task in history.tasks)
    violates(replace(history, tasks=tasks), "I5")


def test_the_published_prefix_is_the_finish_tasks() -> None:
    history = sound()
    elsewhere = {"prefix": PREFIX.replace(f"/{TOKEN}/", "/8/")}
    tasks = tuple(replace(task, result=elsewhere) if task.task_id == FINISH else task for task in history.tasks)
    violates(replace(history, tasks=tasks), "I5")


@pytest.mark.parametrize(
    "line", ["../8/video.mp4", "s3://other/video.mp4", "https://elsewhere.example/video.mp4", "unlisted.mp4"]
)
def test_manifests_stay_within_the_prefix_and_its_listing(line: str) -> None:
    playlist = FILES["video.m3u8"] + line.encode() + b"\n"
    violates(sound(files={**FILES, "video.m3u8": playlist}), "I5")


def overwritten(history: History) -> History:
    other = replace(history.objects[PREFIX + "video.mp4"], sha256="00" * 32)
    return replace(history, objects={**history.objects, PREFIX + "video.mp4": other})


def removed(history: History) -> History:
    return replace(history, objects={uri: one for uri, one in history.objects.items() if uri != PREFIX + "video.mp4"})


def added(history: History) -> History:
    return replace(history, objects={**history.objects, PREFIX + "stray.mp4": history.objects[PREFIX + "video.mp4"]})


def unlisted(history: History) -> History:
    return replace(
        history, objects={uri: one for uri, one in history.objects.items() if uri != PREFIX + "checksums.json"}
    )


def told_otherwise(history: History) -> History:
    return replace(history, renditions=(replace(history.renditions[0], sha256="00" * 32),))


@pytest.mark.parametrize("spoil", [overwritten, removed, added, unlisted, told_otherwise])
def test_bucket_listing_and_database_agree(spoil: Callable[[History], History]) -> None:
    violates(spoil(sound()), "I5")


def test_manifests_are_followed_to_the_last_reference() -> None:
    assert reachable(PREFIX, published(FILES)) == {PREFIX + name for name in FILES}


# I6


def test_attempts_are_the_claims_that_were_not_given_back() -> None:
    history = sound()
    for attempts in (1, 3):
        tasks = tuple(replace(task, attempts=attempts) if task.task_id == PLAN else task for task in history.tasks)
        violates(replace(history, tasks=tasks), "I6")


def test_a_lost_worker_counts_and_a_preempted_one_does_not() -> None:
    lost_twice = [
        (HOUSEKEEPING if told == (OTHER, "task", PLAN, "leased", "ready") else told[0], *told[1:]) for told in STORY
    ]
    violates(sound(story=lost_twice), "I6")


def test_attempts_stay_within_their_maximum() -> None:
    history = sound()
    tasks = tuple(replace(task, max_attempts=1) if task.task_id == PLAN else task for task in history.tasks)
    violates(replace(history, tasks=tasks), "I6")
