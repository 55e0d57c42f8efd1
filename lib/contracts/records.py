"""The record that submits a video, and the chunks of one that comes through the stream."""

import re
from datetime import UTC, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from lib.contracts import identity
from lib.contracts.content import ContentRecord, Text
from lib.contracts.states import Priority

SUBMISSION_KEY_PREFIX = "submit/"
"""Partition keys of submissions; the pipe passes on these only."""
CHUNK_KEY_PREFIX = "chunk/"
"""Partition keys of a streamed video's chunks: `chunk/UPLOAD_ID`, so that all of them share a shard in order."""
RECORD_BYTES = 1024 * 1024
"""Most that one Kinesis record may hold: data and partition key (Kinesis developer guide, "Quotas and limits")."""
SUBMISSION_BYTES = 128 * 1024
"""Most that a submission may hold: in base64, within the pipe's envelope, it must fit SQS's 256 KiB message."""
CHUNK_BYTES = 512 * 1024
"""Bytes of video in one chunk: two a second per shard, and five records in one GetRecords answer."""
MOST_CHUNKS = 4096
"""Of one video; a profile streams 256 MiB at the most, which is 512 chunks of `CHUNK_BYTES`."""
MOST_BYTES = 2**53 - 1
"""Of one video: up to here every JSON number is exact, and S3's largest object is far below."""
FILE_NAME_BYTES = 900
"""An S3 key has 1,024 bytes; what stands before the name takes 44 of them."""
SEQUENCE_NUMBER_PATTERN = r"^(0|[1-9][0-9]{0,128})$"
"""Kinesis API reference, "Record"."""
FIRST_TIME, LAST_TIME = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Of a submission: a clock may be wrong, and what it says must still be a time to PostgreSQL and to Python."""
TYPE_AND_VERSION = frozenset({"type", "v"})
"""Every record and message names both, or it is somebody else's."""
SAID_CHARACTERS = 200
"""Of what is said about one wrong field: its name may be as long as the record."""

_CHUNK_HEADER = re.compile(rb"([A-Za-z0-9-]{1,64}) ([0-9]{1,9})\n")


def _without_path(name: str) -> str:
    if "/" in name or name in {".", ".."} or len(name.encode()) > FILE_NAME_BYTES:
        raise ValueError(f"is not a file's name of at most {FILE_NAME_BYTES} bytes")
    return name


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[Text, Field(min_length=1, max_length=255), AfterValidator(_without_path)]
SequenceNumber = Annotated[str, Field(pattern=SEQUENCE_NUMBER_PATTERN)]


class UndecodableError(ValueError):
    """A record or message that this version does not understand; it belongs into the dead-letter queue."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class ObjectLocation(_Model):
    """A video in the raw bucket.

    Attributes:
        version_id: The version that was uploaded, so that a later overwrite changes nothing.
    """

    kind: Literal["object"] = "object"
    bucket: Text
    key: Text
    version_id: Text | None = None


class ChunkRange(_Model):
    """Where in the stream chunks lie: inclusive sequence numbers of one shard."""

    shard_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,128}$")]
    first: SequenceNumber
    last: SequenceNumber


class StreamLocation(_Model):
    """A video in chunks in the stream.

    Each chunk's data is a header line `UPLOAD_ID NUMBER` in ASCII, a line feed, and the bytes; numbers begin at 0.

    Attributes:
        upload_id: Names this upload; chunks with another id, and repeated numbers, are passed over.
        chunks: How many there are.
        ranges: Where they lie; more than one range if shards were split meanwhile.
    """

    kind: Literal["stream"] = "stream"
    stream: Text
    upload_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
    chunks: Annotated[int, Field(ge=1, le=MOST_CHUNKS)]
    ranges: Annotated[tuple[ChunkRange, ...], Field(min_length=1)]


Location = Annotated[ObjectLocation | StreamLocation, Field(discriminator="kind")]


class VideoSubmitted(_Model):
    """`video.submitted`, version 1: here is a video, make streams of it.

    Attributes:
        job_id: As `lib.contracts.identity.job_id` computes it; a reader checks it.
        content: What the title is.
        file_name: The file's name at the producer, without a path.
        size: Bytes of the file.
        sha256: Of the file.
        ladder_version: Of the ladder that the environment had when it was submitted.
        priority: How soon it is wanted.
        location: Where the bytes are.
        submitted_at: By the producer's clock, with time zone.
        submitted_by: Pseudonym of who submitted it.
    """

    type: Literal["video.submitted"] = "video.submitted"
    v: Literal[1] = 1
    job_id: UUID
    content: ContentRecord
    file_name: FileName
    size: Annotated[int, Field(ge=0, le=MOST_BYTES)]
    sha256: Sha256
    ladder_version: Text
    priority: Priority = "normal"
    location: Location
    submitted_at: Annotated[AwareDatetime, Field(ge=FIRST_TIME, lt=LAST_TIME)]
    submitted_by: Annotated[str, Field(pattern=identity.PSEUDONYM_PATTERN)]

    @model_validator(mode="after")
    def _is_the_job_it_says(self) -> Self:
        if self.job_id != identity.job_id(self.content.id, self.sha256, self.ladder_version):
            raise ValueError("job_id does not follow from content, file and ladder")
        return self

    def to_bytes(self) -> bytes:
        """The record's data.

        Raises:
            ValueError: It is larger than `SUBMISSION_BYTES`.
        """
        data = self.model_dump_json().encode()
        if len(data) > SUBMISSION_BYTES:
            raise ValueError(f"The record has {len(data)} bytes; a submission may have {SUBMISSION_BYTES}.")
        return data


def parse_submission(data: bytes) -> VideoSubmitted:
    """Reads a submission's data.

    Raises:
        UndecodableError: Too large, no JSON, another type, an unknown version, a missing or wrong field.
    """
    if len(data) > SUBMISSION_BYTES:
        raise UndecodableError(f"Not a video.submitted record of version 1: it has {len(data)} bytes.")
    try:
        record = VideoSubmitted.model_validate_json(data)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)[:5]
        wrong = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'record'}: {one['msg']}"[:SAID_CHARACTERS] for one in found
        )
        raise UndecodableError(f"Not a video.submitted record of version 1: {wrong}") from error
    if not record.model_fields_set >= TYPE_AND_VERSION:
        raise UndecodableError("Not a video.submitted record of version 1: it does not say so.")
    return record


def chunk_data(upload_id: str, number: int, content: bytes) -> bytes:
    """A chunk's data, as `StreamLocation` describes it."""
    return b"%s %d\n%s" % (upload_id.encode(), number, content)


def parse_chunk(data: bytes) -> tuple[str, int, bytes]:
    """Returns upload id, number and content of a chunk.

    Raises:
        UndecodableError: Its header is none.
    """
    header = _CHUNK_HEADER.match(data)
    if header is None:
        raise UndecodableError("Not a chunk: it has no header line.")
    return header[1].decode(), int(header[2]), data[header.end() :]
