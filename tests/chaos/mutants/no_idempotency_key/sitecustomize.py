"""No idempotency key: every delivery of a submission is a job of its own."""

from uuid import uuid4

from lib.contracts.states import JobState
from lib.worker.database import Connection
from lib.worker.store import submissions

create = submissions._create


def create_anew(connection: Connection, values: dict[str, object]) -> JobState | None:
    values["job_id"] = uuid4()
    return create(connection, values)


submissions._create = create_anew
