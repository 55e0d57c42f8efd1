"""Errors that a user sees: each with a code, a message and a next step.

`main` maps them to exit codes and to the JSON envelope; nothing else decides how the program ends.
"""

from typing import Literal

ErrorCode = Literal[
    "USAGE",
    "INTERNAL",
    "INTERRUPTED",
    "OUTPUT_FAILED",
    "MISSING_EXTRA",
    "CONFIRMATION_REQUIRED",
    "PROJECT_NOT_FOUND",
    "ENVIRONMENT_REQUIRED",
    "ENVIRONMENT_UNKNOWN",
    "INVALID_PROFILE",
    "LOCAL_FILES_UNUSABLE",
    "LOCAL_PORT_TAKEN",
    "LOCAL_START_FAILED",
    "LOCAL_STOP_FAILED",
    "TERRAFORM_MISSING",
    "TERRAFORM_TOO_OLD",
    "TERRAFORM_FAILED",
    "NODE_MISSING",
    "CDKTF_INSTALL_FAILED",
    "POSTGRESQL_INSTALL_FAILED",
    "PROVIDER_MIRROR_UNUSABLE",
    "WORKSPACE_UNUSABLE",
    "ENVIRONMENT_LOCKED",
    "STATE_CORRUPT",
    "STATE_LOCKED",
    "STATE_UNSAVED",
    "STATE_BUCKET_MISSING",
    "NO_CREDENTIALS",
    "WRONG_ACCOUNT",
    "AWS_UNREACHABLE",
    "IMAGE_MISSING",
    "MIGRATION_FAILED",
    "SYNTH_FAILED",
    "PLAN_FAILED",
    "DEPLOY_FAILED",
    "DESTROY_FAILED",
    "LEFTOVERS",
    "SWEEP_INCOMPLETE",
    "PROTECTED",
    "DECLINED",
    "ENVIRONMENT_NOT_DEPLOYED",
    "ACCESS_DENIED",
    "AWS_FAILED",
    "INVALID_CONTENT",
    "FILE_UNREADABLE",
    "FILE_CHANGED",
    "FILE_TOO_LARGE",
    "RECORD_TOO_LARGE",
    "STREAM_BUSY",
    "INGEST_INCOMPLETE",
    "NOT_PUBLISHED",
    "DATABASE_UNAVAILABLE",
    "DATABASE_REFUSED",
    "JOB_UNKNOWN",
    "JOB_STATE",
    "AUDIT_BROKEN",
]
"""The closed set of codes. A script may rely on them."""

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_NOT_DONE = 3
"""Nothing was done: confirmation is missing or refused, or the environment is protected."""
EXIT_INTERRUPTED = 130


class StreamflixError(Exception):
    """What went wrong, in words that a user can act on.

    Args:
        code: Stable identifier of the kind of error.
        message: One or more lines: what happened, with the names and values involved.
        hint: The next step to take.
        exit_code: The process's exit code.
        data: What `data` of the JSON envelope holds beside the error, if anything was done.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        hint: str,
        exit_code: int = EXIT_FAILED,
        data: object | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.exit_code = exit_code
        self.data = data
