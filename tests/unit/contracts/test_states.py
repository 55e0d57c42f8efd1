"""The graphs of states."""

from collections.abc import Mapping, Sequence
from typing import TypeVar, get_args

from lib.contracts.states import (
    FINAL_JOB_STATES,
    JOB_TRANSITIONS,
    PRIORITIES,
    TASK_TRANSITIONS,
    JobState,
    Priority,
    TaskState,
)

State = TypeVar("State", bound=str)


def reachable(transitions: Mapping[State, Sequence[State]], start: State) -> set[State]:
    found = {start}
    while new := {after for state in found for after in transitions[state]} - found:
        found |= new
    return found


def test_every_state_has_its_transitions_and_is_reached() -> None:
    assert reachable(JOB_TRANSITIONS, "received") == set(JOB_TRANSITIONS) == set(get_args(JobState))
    assert reachable(TASK_TRANSITIONS, "ready") == set(TASK_TRANSITIONS) == set(get_args(TaskState))


def test_a_job_that_runs_can_always_end_each_way() -> None:
    for state in set(JOB_TRANSITIONS) - FINAL_JOB_STATES:
        assert FINAL_JOB_STATES - {"published"} <= set(JOB_TRANSITIONS[state])


def test_only_what_rests_unpublished_is_reopened() -> None:
    reopened = {state for state, after in JOB_TRANSITIONS.items() if "received" in after}

    assert reopened == FINAL_JOB_STATES - {"published"}
    assert JOB_TRANSITIONS["published"] == ()


def test_nothing_follows_a_task_that_ended() -> None:
    assert {state for state, after in TASK_TRANSITIONS.items() if not after} == {"done", "failed"}


def test_every_priority_has_its_place() -> None:
    assert set(PRIORITIES) == set(get_args(Priority))
