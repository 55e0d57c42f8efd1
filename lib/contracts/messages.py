"""Messages of the jobs queue and of its dead-letter queue."""

import base64
import json
import re
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from lib.contracts.errors import ReasonCode
from lib.contracts.records import (
    SEQUENCE_NUMBER_PATTERN,
    TYPE_AND_VERSION,
    UndecodableError,
    VideoSubmitted,
    parse_submission,
)

_UNKNOWN = "Neither a Kinesis record nor a task.ready message of version 1."


class TaskReady(BaseModel):
    """`task.ready`, version 1: a doorbell. Some task can be claimed; which one, the database knows."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: Literal["task.ready"] = "task.ready"
    v: Literal[1] = 1


class JobDead(BaseModel):
    """`job.dead`, version 1, in the dead-letter queue: a job whose attempts are used up."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: Literal["job.dead"] = "job.dead"
    v: Literal[1] = 1
    job_id: UUID
    content_id: str
    code: ReasonCode
    reason: str


@dataclass(frozen=True)
class Submission:
    """A submission as the pipe delivered it.

    Attributes:
        record: What was submitted.
        sequence_number: Of the record in the stream.
    """

    record: VideoSubmitted
    sequence_number: str


def parse_message(body: str) -> Submission | TaskReady:
    """Reads a message of the jobs queue: the pipe's envelope of a Kinesis record, or a doorbell.

    Raises:
        UndecodableError: It is neither, or of an unknown version.
    """
    try:
        value: Any = json.loads(body)
    # Brackets in brackets, thousands deep, are too much for the parser.
    except (ValueError, RecursionError) as error:
        raise UndecodableError("Not JSON.") from error
    if not isinstance(value, dict):
        raise UndecodableError("Not a JSON object.")
    if value.get("eventSource") == "aws:kinesis":
        data, sequence_number = value.get("data"), value.get("sequenceNumber")
        if not isinstance(data, str) or not isinstance(sequence_number, str):
            raise UndecodableError("Not a Kinesis record as a pipe delivers it.")
        if not re.fullmatch(SEQUENCE_NUMBER_PATTERN, sequence_number):
            raise UndecodableError("Not a sequence number of Kinesis.")
        try:
            record = base64.b64decode(data, validate=True)
        except ValueError as error:
            raise UndecodableError("Not a Kinesis record as a pipe delivers it.") from error
        return Submission(record=parse_submission(record), sequence_number=sequence_number)
    try:
        ready = TaskReady.model_validate(value)
    except ValidationError as error:
        raise UndecodableError(_UNKNOWN) from error
    if not ready.model_fields_set >= TYPE_AND_VERSION:
        raise UndecodableError(_UNKNOWN)
    return ready
