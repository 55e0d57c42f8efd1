"""The audit trail as a second account of what happened: it must be whole, and agree with tables and outbox."""

from collections import Counter, defaultdict
from itertools import groupby
from typing import Any

from lib.contracts.audit import HIDDEN_QUERY, verify
from lib.contracts.states import FINAL_JOB_STATES, JOB_TRANSITIONS, TASK_TRANSITIONS
from lib.worker.store import Store
from tests.integration.worker.conftest import AUDIT_KEY
from tests.integration.worker.store.jobs import rows, trail

# The number of an event is drawn while its job or task is locked. Nobody changes an event, so its `xmin` is the
# transaction that wrote it.
EVENTS = """
    SELECT xmin::text::bigint AS transaction, actor, subject_kind, subject_id, job_id,
           before ->> 'state' AS before, after ->> 'state' AS after, after - 'digest' AS told
    FROM audit_event WHERE subject_kind IN ('job', 'task') ORDER BY event_id
"""
TABLES = """
    SELECT job_id::text AS id, jsonb_strip_nulls(jsonb_build_object(
        'state', state, 'reason_code', reason_code, 'published_prefix', published_prefix)) AS told FROM job
    UNION ALL SELECT task_id::text, jsonb_build_object('state', state) FROM task
"""


def check_chain(store: Store) -> None:
    """Nothing was changed or kept out; only what an operator did may still wait for the next worker to seal it."""
    sealed = trail(store)
    assert list(verify(sealed, AUDIT_KEY)) == []
    assert rows(store, HIDDEN_QUERY) == []
    waiting = rows(store, "SELECT login FROM audit_unsealed JOIN audit_event USING (event_id)")
    assert {row["login"] for row in waiting} <= {"operator"}
    assert rows(store, "SELECT count(*) AS n FROM audit_event") == [{"n": len(sealed) + len(waiting)}]


def check_replay(store: Store) -> None:
    """Each transition is allowed and begins where the last one ended; the last ones are what the tables say."""
    last: dict[str, dict[str, Any]] = {}
    for event in rows(store, EVENTS):
        subject, before, after = event["subject_id"], event["before"], event["after"]
        assert before == (last[subject]["after"] if subject in last else None), event
        assert after in _allowed(event["subject_kind"], before), event
        if event["subject_kind"] == "job" and after == "received":
            # What begins anew begins without tasks.
            last = {key: each for key, each in last.items() if each["job_id"] != event["job_id"]}
        last[subject] = event
    assert {key: event["told"] for key, event in last.items()} == {
        row["id"]: row["told"] for row in rows(store, TABLES)
    }


def check_outbox(store: Store, *, rung_again: int) -> None:
    """Each effect was posted once.

    Args:
        rung_again: Doorbells that replace lost ones, or those that seemed so.
    """
    expected: Counter[tuple[str, str | None]] = Counter({("doorbell", None): rung_again})
    for _, events in groupby(sorted(rows(store, EVENTS), key=_transaction), _transaction):
        expected.update(_effects(list(events)))
    found = rows(store, "SELECT kind, payload ->> 'job_id' AS job_id FROM outbox")
    assert Counter((row["kind"], row["job_id"]) for row in found) == +expected


def histories(store: Store) -> dict[str, list[dict[str, Any]]]:
    """The events of each task, by its id."""
    found = defaultdict(list)
    for event in rows(store, EVENTS):
        if event["subject_kind"] == "task":
            found[event["subject_id"]].append(event)
    return found


def _transaction(event: dict[str, Any]) -> int:
    return int(event["transaction"])


def _effects(events: list[dict[str, Any]]) -> Counter[tuple[str, str | None]]:
    """The messages that one transaction must have posted."""
    job, (ended,) = (
        str(events[0]["job_id"]),
        [{event["after"] for event in events if event["subject_kind"] == "job"} & FINAL_JOB_STATES],
    )
    if ended:
        return Counter({("event", job): 1, **({("dead_letter", job): 1} if ended == {"dead"} else {})})
    tasks = [event for event in events if event["subject_kind"] == "task"]
    return Counter({("doorbell", None): sum(event["after"] in {"ready", "retry_wait"} for event in tasks)})


def _allowed(subject_kind: str, before: str | None) -> tuple[str, ...]:
    if before is None:
        return ("received",) if subject_kind == "job" else ("ready",)
    allowed: Any = JOB_TRANSITIONS if subject_kind == "job" else TASK_TRANSITIONS
    return tuple(allowed[before])
