"""Which job is meant by what somebody typed."""

import re
from uuid import UUID

from streamflix_cli.errors import EXIT_USAGE, StreamflixError
from streamflix_cli.pipeline.database import Database
from streamflix_cli.pipeline.environment import Pipeline

SHORTEST = 4
"""Characters of a job's id that are enough, if only one job begins with them."""


def find_job(pipeline: Pipeline, typed: str) -> UUID:
    """The job with this id, or the one whose id begins so. A whole id is not looked up.

    Raises:
        StreamflixError: `USAGE` if it is no id, or the beginning of several; `JOB_UNKNOWN` if of none.
    """
    try:
        return UUID(typed)
    except ValueError:
        prefix = typed.lower()
    shown = f"`streamflix jobs list {pipeline.flags}` shows them."
    if not re.fullmatch(f"[0-9a-f-]{{{SHORTEST},36}}", prefix):
        raise StreamflixError(
            "USAGE",
            f"`{typed}` is no job id: those are as 5f0c9a52-1d6c-5c0b-8a11-6f1f0f6e0b11, "
            f"or the first {SHORTEST} or more characters of one.",
            hint=shown,
            exit_code=EXIT_USAGE,
        )
    rows = Database(pipeline).rows(
        "SELECT job_id FROM job WHERE starts_with(CAST(job_id AS text), :prefix) ORDER BY job_id LIMIT 5",
        prefix=prefix,
    )
    if not rows:
        raise unknown_job(pipeline, prefix)
    if len(rows) > 1:
        several = "\n".join(f"  {row['job_id']}" for row in rows)
        raise StreamflixError(
            "USAGE",
            f"The ids of several jobs begin with `{prefix}`:\n{several}",
            hint="Type more of it.",
            exit_code=EXIT_USAGE,
        )
    return UUID(rows[0]["job_id"])


def unknown_job(pipeline: Pipeline, job: object) -> StreamflixError:
    """The error for a job that the database does not know."""
    return StreamflixError(
        "JOB_UNKNOWN",
        f"`{pipeline.name}` knows no job {job}.",
        hint=f"`streamflix jobs list {pipeline.flags}` shows them; one just submitted takes a few seconds.",
    )
