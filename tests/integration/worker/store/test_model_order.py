"""The order of claims: by class, of which who waits gains one each 10 minutes, then by age."""

from datetime import timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings, strategies as st

from lib.contracts.states import PRIORITIES, Priority
from lib.worker.database import Database
from lib.worker.store import QueueSettings, Store
from tests.integration.worker.conftest import AUDIT_KEY
from tests.integration.worker.store.jobs import job_id, rows, submission

SETTINGS = QueueSettings(lease_seconds=3600, max_attempts=3, backoff_base_seconds=5, backoff_cap_seconds=600)
CLASS_MINUTES = 10
NOT_YET = -60
_example = count()


@settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    waiting=st.lists(
        st.tuples(st.sampled_from(PRIORITIES), st.sampled_from([NOT_YET, 0, 5, 9, 10, 11, 15, 20, 25, 60])),
        min_size=2,
        max_size=6,
    )
)
def test_who_waits_for_ten_minutes_is_as_urgent_as_a_new_one_of_the_next_class(
    database: Database, waiting: list[tuple[Priority, int]]
) -> None:
    store = Store(database, audit_key=AUDIT_KEY, settings=SETTINGS)
    example = next(_example)
    jobs = [job_id(f"film-{example}-{number}") for number in range(len(waiting))]
    for number, (priority, _) in enumerate(waiting):
        store.submit(submission(f"film-{example}-{number}", priority=priority))
    (clock,) = rows(store, "SELECT now() AS now")
    for job, (_, minutes) in zip(jobs, waiting, strict=True):
        since = clock["now"] - timedelta(minutes=minutes)
        rows(store, "UPDATE task SET run_after = %s WHERE job_id = %s RETURNING task_id", since, job)

    claimed = []
    while claim := store.claim("worker-1"):
        claimed.append(claim.job_id)

    def urgency(number: int) -> tuple[float, int]:
        priority, minutes = waiting[number]
        return PRIORITIES.index(priority) - minutes / CLASS_MINUTES, number

    due = [number for number, (_, minutes) in enumerate(waiting) if minutes != NOT_YET]
    assert claimed == [jobs[number] for number in sorted(due, key=urgency)]
