"""What an unexpected exception says about whether and why to try again."""

import errno

import psycopg
from botocore.exceptions import BotoCoreError, ClientError

from lib.worker.errors import RetryError

MOST_CHARACTERS = 1000
"""Of a reason."""


def as_retry(error: Exception) -> RetryError:
    """The failure that stands in the database for an exception.

    Nothing that a step did not foresee is taken for bad input: all of it is tried again.
    """
    match error:
        case RetryError():
            return error
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return RetryError("DISK_FULL", "The scratch volume is full.")
        case MemoryError() | OSError(errno=errno.ENOMEM):
            return RetryError("OUT_OF_MEMORY", "The worker has no memory left.")
        case ClientError() | BotoCoreError() | psycopg.OperationalError():
            return RetryError("SERVICE_UNAVAILABLE", _told(error))
        case _:
            return RetryError("INTERNAL_ERROR", _told(error))


def _told(error: Exception) -> str:
    """One line of what it says, which may be whatever a file or a record held: PostgreSQL takes no NUL."""
    line = " ".join(f"{type(error).__name__}: {error}".split())[:MOST_CHARACTERS]
    return "".join(character if character.isprintable() else "\ufffd" for character in line)
