"""Why a job stopped: stable codes that stand in the database, in audit events and in what the CLI prints."""

from typing import Literal

RejectionCode = Literal[
    "EMPTY_FILE",
    "NOT_A_VIDEO",
    "NO_VIDEO_STREAM",
    "TRUNCATED",
    "UNDECODABLE_VIDEO",
    "UNSUPPORTED_VIDEO",
    "CHECKSUM_MISMATCH",
    "SIZE_MISMATCH",
    "SOURCE_MISSING",
    "CHUNKS_MISSING",
]
"""Bad input: the job is `rejected`, at once and for good, until somebody submits something better."""

HoldCode = Literal["RIGHTS_MISSING"]
"""A person must supply something: the job is `held`."""

FailureCode = Literal[
    "DISK_FULL",
    "OUT_OF_MEMORY",
    "ENCODER_FAILED",
    "ENCODER_STALLED",
    "VERIFICATION_FAILED",
    "SERVICE_UNAVAILABLE",
    "LEASE_EXPIRED",
    "INTERNAL_ERROR",
]
"""What may pass: the task is tried again, and the job is `dead` once its attempts are used up."""

ReasonCode = RejectionCode | HoldCode | FailureCode
