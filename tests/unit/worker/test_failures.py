import errno

import psycopg
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from lib.contracts.errors import FailureCode
from lib.worker.errors import RetryError
from lib.worker.failures import as_retry

THROTTLED = ClientError({"Error": {"Code": "SlowDown", "Message": "Reduce your rate"}}, "GetObject")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RetryError("ENCODER_FAILED", "exit 1"), "ENCODER_FAILED"),
        (OSError(errno.ENOSPC, "No space left on device"), "DISK_FULL"),
        (MemoryError(), "OUT_OF_MEMORY"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "OUT_OF_MEMORY"),
        (THROTTLED, "SERVICE_UNAVAILABLE"),
        (EndpointConnectionError(endpoint_url="https://sqs"), "SERVICE_UNAVAILABLE"),
        (psycopg.OperationalError("server closed the connection"), "SERVICE_UNAVAILABLE"),
        (ZeroDivisionError("division by zero"), "INTERNAL_ERROR"),
        (OSError(errno.EACCES, "Permission denied"), "INTERNAL_ERROR"),
    ],
)
def test_every_failure_has_a_code_and_a_reason(error: Exception, code: FailureCode) -> None:
    failure = as_retry(error)
    assert failure.code == code
    assert failure.reason


def test_a_reason_is_one_short_line_that_the_database_keeps() -> None:
    reason = as_retry(ValueError("a\0b\ud800\n\x1b[31m" + "x" * 100_000)).reason
    assert len(reason) < 1100
    assert reason.isprintable()
    reason.encode()
