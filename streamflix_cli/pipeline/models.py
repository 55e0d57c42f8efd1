"""What the commands of a running pipeline return, and scripts rely on."""

from datetime import datetime
from itertools import pairwise
from typing import Any

from pydantic import BaseModel, ConfigDict, computed_field

from streamflix_cli.errors import StreamflixError

SUBMITTED = "submitted"
"""State of a job that the database has not seen yet; the other states are `lib.contracts.states.JobState`."""


class Model(BaseModel):
    """An immutable result."""

    model_config = ConfigDict(frozen=True)


class Job(Model):
    """One job.

    Attributes:
        job_id: UUID.
        content_id: The title.
        file_name: Of the video, as it was submitted.
        state: `submitted`, or a `JobState`.
        code: Why it stopped, for programs; None while nothing is wrong.
        reason: The same in words.
        published: `s3://` URI of the published prefix, None until then.
        submitted_at: ISO 8601, UTC.
        updated_at: Of its last change of state; None until the database has seen it.
        progress: Share of the encoding that is done, 0 to 1; None before and after.
    """

    job_id: str
    content_id: str
    file_name: str
    state: str
    code: str | None = None
    reason: str | None = None
    published: str | None = None
    submitted_at: str
    updated_at: str | None = None
    progress: float | None = None


class Failed(Model):
    """A file that was not submitted, why, and what to do."""

    file: str
    code: str
    message: str
    hint: str

    @classmethod
    def because(cls, file: object, error: StreamflixError) -> "Failed":
        """The file failed with this error."""
        return cls(file=str(file), code=error.code, message=error.message, hint=error.hint)


class Jobs(Model):
    """Of `jobs list`, `cancel` and `retry`."""

    jobs: list[Job]


class Ingested(Jobs):
    """Of `ingest`: the jobs of the files that were submitted, and the files that were not."""

    failed: list[Failed] = []


class Redriven(Jobs):
    """Of `jobs redrive`.

    Attributes:
        jobs: Dead jobs that were reopened.
        returned: Other messages, put back into the jobs queue as they were.
        dropped: Messages of jobs that are not dead any more.
    """

    returned: int
    dropped: int


class JobDetails(Job):
    """Of `jobs show`.

    Attributes:
        events: Changes of state and what else was done to the job, oldest first.
        media_info: What the video is; None until it was probed.
        renditions: What was made of it.
        tasks: The work, oldest first.
    """

    events: list[dict[str, Any]]
    media_info: dict[str, Any] | None
    renditions: list[dict[str, Any]]
    tasks: list[dict[str, Any]]

    @computed_field  # type: ignore[prop-decorator]  # mypy does not know properties that are decorated
    @property
    def phases(self) -> dict[str, float]:
        """Seconds in each state that it has left since it was last received, in order."""
        entered: list[tuple[str, datetime]] = []
        for event in self.events:
            if event["action"] == "job.received":
                entered = []
            if event["action"].startswith("job."):
                entered.append((event["action"].removeprefix("job."), datetime.fromisoformat(event["at"])))
        return {state: round((end - begin).total_seconds(), 3) for (state, begin), (_, end) in pairwise(entered)}
