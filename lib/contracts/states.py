"""States of jobs and tasks. The database enforces the same transitions (a test compares the two)."""

from typing import Literal

JobState = Literal[
    "received", "planning", "encoding", "finishing", "published", "held", "rejected", "dead", "cancelled"
]
TaskState = Literal["ready", "leased", "retry_wait", "done", "failed"]
TaskKind = Literal["land", "plan", "encode", "finish"]
Priority = Literal["urgent", "normal", "bulk"]

PRIORITIES: tuple[Priority, ...] = ("urgent", "normal", "bulk")
"""Most urgent first."""

FINAL_JOB_STATES: frozenset[JobState] = frozenset({"published", "held", "rejected", "dead", "cancelled"})
"""Where a job rests. All but `published` are left by submitting the same title again."""

_STOPS: tuple[JobState, ...] = ("held", "rejected", "dead", "cancelled")

JOB_TRANSITIONS: dict[JobState, tuple[JobState, ...]] = {
    "received": ("planning", *_STOPS),
    "planning": ("encoding", *_STOPS),
    "encoding": ("finishing", *_STOPS),
    "finishing": ("published", *_STOPS),
    "published": (),
    "held": ("received", "cancelled"),
    "rejected": ("received",),
    "dead": ("received", "cancelled"),
    "cancelled": ("received",),
}
"""From each state, the states that may follow. Reopening leads back to `received`."""

TASK_TRANSITIONS: dict[TaskState, tuple[TaskState, ...]] = {
    "ready": ("leased", "failed"),
    "leased": ("ready", "retry_wait", "done", "failed"),
    "retry_wait": ("ready", "leased", "failed"),
    "done": (),
    "failed": (),
}
"""`leased` -> `ready` is a preemption, or a lease that ran out; the tasks of a job that stops are `failed`."""
