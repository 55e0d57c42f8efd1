"""What is told when a job ends: to the topic of video events, and to webhooks.

A trigger of the database writes it, so that no writer can forget it; a test compares the two.
"""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from lib.contracts.errors import ReasonCode

VideoEventType = Literal["video.published", "video.held", "video.rejected", "video.dead", "video.cancelled"]
"""One for each final state of a job."""


class VideoEvent(BaseModel):
    """An event of these types, version 1: a job has ended. A job that is reopened ends again, with another event.

    The reason in words is left out, because it may quote what stands in the file; `jobs show` has it.

    Attributes:
        id: Of the event, however often it is delivered.
        timestamp: When the job ended.
        prefix: Where the published title lies, as `s3://BUCKET/PREFIX/`; None unless it is published.
        code: Why the job is held, rejected or dead; None if it is not.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: UUID
    type: VideoEventType
    v: Literal[1] = 1
    timestamp: AwareDatetime
    job_id: UUID
    content_id: str
    prefix: str | None = None
    code: ReasonCode | None = None
