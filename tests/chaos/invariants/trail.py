"""I4: the audit chain holds, and it is the history of the tables."""

from collections.abc import Iterator, Mapping

from lib.contracts.audit import AuditEvent, verify
from lib.contracts.states import JOB_TRANSITIONS, TASK_TRANSITIONS
from tests.chaos.history import History
from tests.chaos.invariants.violation import Broken

ALLOWED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "job": {str(before): tuple(after) for before, after in JOB_TRANSITIONS.items()},
    "task": {str(before): tuple(after) for before, after in TASK_TRANSITIONS.items()},
}
FIRST = {"job": "received", "task": "ready"}


def the_trail_is_the_history(history: History) -> Iterator[Broken]:
    """I4: seals verify, none is missing; each subject's events follow on each other up to the row in its table."""
    for fault in verify(history.trail, history.audit_key):
        yield Broken(f"event {fault.event_id}", f"position {fault.position} of the chain: {fault.message}")
    for event_id in history.hidden:
        yield Broken(f"event {event_id}", "it was kept from being sealed")
    if history.unsealed:
        yield Broken("chain", f"{history.unsealed} events were never sealed")
    replayed: dict[tuple[str, str], str] = {}
    for event in history.events:
        if event.subject_kind in ALLOWED:
            yield from _replay(event, replayed)
    yield from _compare(history, replayed)


def _replay(event: AuditEvent, states: dict[tuple[str, str], str]) -> Iterator[Broken]:
    subject = (event.subject_kind, event.subject_id)
    before, after = (event.before or {}).get("state"), str((event.after or {}).get("state"))
    known = states.get(subject)
    if before != known:
        yield Broken(event.subject_id, f"event {event.event_id} says it was {before} when it was {known}")
    elif before is None and after != FIRST[event.subject_kind]:
        yield Broken(event.subject_id, f"the {event.subject_kind} begins as {after}")
    elif before is not None and after not in ALLOWED[event.subject_kind][before]:
        yield Broken(event.subject_id, f"the {event.subject_kind} went from {before} to {after}")
    states[subject] = after


def _compare(history: History, replayed: Mapping[tuple[str, str], str]) -> Iterator[Broken]:
    rows: dict[tuple[str, str], str] = {("job", job.job_id): job.state for job in history.jobs}
    rows |= {("task", task.task_id): task.state for task in history.tasks}
    for (kind, identity), state in rows.items():
        told = replayed.get((kind, identity))
        if told != state:
            yield Broken(identity, f"the {kind} is {state} in its table and {told} by the trail")
    # Tasks of a job that was reopened are removed; a job never is.
    for kind, identity in replayed.keys() - rows.keys():
        if kind == "job":
            yield Broken(identity, "the trail tells of a job that is not in its table")
