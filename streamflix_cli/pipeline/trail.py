"""Checking the audit trail: whether it is what was written, and whether the jobs are what it says."""

from collections.abc import Iterator

from lib.contracts.audit import HIDDEN_QUERY, TRAIL_QUERY, AuditEvent, Seal, verify
from streamflix_cli.pipeline.database import Database
from streamflix_cli.pipeline.environment import Pipeline
from streamflix_cli.pipeline.models import Model

PAGE = 500
"""Seals a query: with their events they stay far below the Data API's 1 MiB an answer."""

_COUNTS = """
    SELECT (SELECT count(*) FROM audit_event) AS events,
           (SELECT count(*) FROM audit_unsealed) AS unsealed
"""
_OTHER_THAN_TOLD = """
    SELECT j.job_id, j.state, e.action
    FROM job AS j LEFT JOIN LATERAL (
        SELECT action FROM audit_event AS e
        WHERE e.job_id = j.job_id AND e.subject_kind = 'job' ORDER BY e.event_id DESC LIMIT 1
    ) AS e ON true
    WHERE e.action IS DISTINCT FROM 'job.' || j.state
    ORDER BY j.job_id LIMIT 100
"""


class Broken(Model):
    """A place where the chain of hashes does not hold.

    Attributes:
        position: In the chain.
        event_id: Of the event there.
        message: What is wrong.
    """

    position: int
    event_id: int
    message: str


class Mismatch(Model):
    """A job whose state is not the one that the trail tells last.

    Attributes:
        state: Of the job.
        told: The last event's action; None without any.
    """

    job_id: str
    state: str
    told: str | None


class Verified(Model):
    """Of `compliance verify-audit`.

    Attributes:
        events: How many there are.
        unsealed: How many wait for the next worker to seal them.
        broken: Where the chain does not hold.
        hidden: Ids of events that were kept from being sealed; at most 100.
        mismatches: Jobs that are not what the trail says; at most 100.
    """

    events: int
    unsealed: int
    broken: list[Broken]
    hidden: list[int]
    mismatches: list[Mismatch]

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.broken or self.hidden or self.mismatches)


def verify_trail(pipeline: Pipeline) -> Verified:
    """Checks every event and its seal, and every job's state.

    Raises:
        StreamflixError: `DATABASE_UNAVAILABLE`, `ACCESS_DENIED`.
        botocore.exceptions.ClientError: The audit key cannot be read.
    """
    database, key = Database(pipeline), pipeline.secret("audit_key_arn")
    broken = [
        Broken(position=one.position, event_id=one.event_id, message=one.message)
        for one in verify(_trail(database), key)
    ]
    (counts,) = database.rows(_COUNTS)
    return Verified(
        events=counts["events"],
        unsealed=counts["unsealed"],
        broken=broken,
        hidden=[row["event_id"] for row in database.rows(f"{HIDDEN_QUERY} ORDER BY e.event_id LIMIT 100")],
        mismatches=[
            Mismatch(job_id=row["job_id"], state=row["state"], told=row["action"])
            for row in database.rows(_OTHER_THAN_TOLD)
        ],
    )


def _trail(database: Database) -> Iterator[tuple[Seal, AuditEvent | None]]:
    last = 0
    while rows := database.rows(
        f"{TRAIL_QUERY} WHERE s.position > CAST(:last AS bigint) ORDER BY s.position LIMIT {PAGE}", last=last
    ):
        for row in rows:
            event = None if row["event_id"] is None else AuditEvent.model_validate(row)
            yield Seal(row["position"], row["sealed_event_id"], row["previous_hash"], row["hash"]), event
        last = rows[-1]["position"]
