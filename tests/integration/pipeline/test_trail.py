"""The audit trail, checked through the Data API, and what is found when somebody was at the tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from tests.integration.pipeline.conftest import Environment
from tests.integration.pipeline.test_jobs import dead


@contextmanager
def as_owner(environment: Environment) -> Iterator[psycopg.Connection]:
    """The owner of the tables, with the triggers that guard them off."""
    with environment.shared.databases.connect(environment.shared.cluster) as connection:
        connection.execute("ALTER TABLE audit_event DISABLE TRIGGER USER; ALTER TABLE job DISABLE TRIGGER USER")
        try:
            yield connection
        finally:
            connection.execute("ALTER TABLE audit_event ENABLE TRIGGER USER; ALTER TABLE job ENABLE TRIGGER USER")


def verified(environment: Environment) -> tuple[int, dict[str, Any]]:
    done = environment.streamflix("compliance", "verify-audit", "--json")
    return done.code, done.data


def test_the_trail_holds_until_an_event_is_changed_hidden_or_contradicted(environment: Environment) -> None:
    claim = dead(environment)
    code, result = verified(environment)
    assert code == 0, result
    assert result["events"] > 0
    assert (result["broken"], result["hidden"], result["mismatches"]) == ([], [], [])
    # What operators do waits for the next worker to seal it; that is no fault.
    environment.streamflix("jobs", "retry", str(claim.job_id))
    code, result = verified(environment)
    assert code == 0, result
    assert result["unsealed"] > 0

    with as_owner(environment) as owner:
        (event_id,) = owner.execute(
            "UPDATE audit_event SET actor = 'nobody' WHERE job_id = %s AND action = 'job.dead' RETURNING event_id",
            [claim.job_id],
        ).fetchall()[0]
        code, result = verified(environment)
        assert code == 1
        assert [one["event_id"] for one in result["broken"]] == [event_id]
        owner.execute("UPDATE audit_event SET actor = 'worker-1' WHERE event_id = %s", [event_id])
        assert verified(environment)[0] == 0

        owner.execute("UPDATE job SET state = 'finishing' WHERE job_id = %s", [claim.job_id])
        code, result = verified(environment)
        assert code == 1
        assert result["mismatches"] == [{"job_id": str(claim.job_id), "state": "finishing", "told": "job.received"}]
        owner.execute("UPDATE job SET state = 'received' WHERE job_id = %s", [claim.job_id])

        owner.execute(
            "INSERT INTO audit_event (actor, action, subject_kind, subject_id) VALUES ('x', 'y', 'content', 'z')"
        )
        code, result = verified(environment)
        assert code == 1
        assert len(result["hidden"]) == 1
        shown = environment.streamflix("compliance", "verify-audit")
        assert "AUDIT_BROKEN" in shown.err
        assert f"event {result['hidden'][0]} without a seal" in shown.out
        owner.execute("DELETE FROM audit_event WHERE event_id = %s", [result["hidden"][0]])
    assert verified(environment)[0] == 0
