"""How AWS says that something failed, in each service's own protocol."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Failure = Literal["throttled", "failed"]

_SCOPE = re.compile(r"Credential=[^/]+/[0-9]{8}/[^/]+/([^/]+)/aws4_request")
"""The scope of a signature, version 4, names the service."""

_CODES: Mapping[str, Mapping[Failure, tuple[int, str]]] = {
    "s3": {"throttled": (503, "SlowDown"), "failed": (500, "InternalError")},
    "kinesis": {
        "throttled": (400, "ProvisionedThroughputExceededException"),
        "failed": (500, "InternalFailure"),
    },
    "secretsmanager": {"throttled": (400, "ThrottlingException"), "failed": (500, "InternalServiceError")},
    "sns": {"throttled": (429, "Throttled"), "failed": (500, "InternalError")},
    "sqs": {"throttled": (400, "com.amazonaws.sqs#RequestThrottled"), "failed": (500, "InternalFailure")},
}
"""Status and error code, as the API reference of each service lists them."""


@dataclass(frozen=True)
class Answer:
    """An answer of HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def service_of(headers: Mapping[str, str]) -> str:
    """The service that a signed request is for, as `s3`; empty without a signature."""
    scope = _SCOPE.search(headers.get("Authorization", ""))
    return scope[1] if scope else ""


def failure(service: str, kind: Failure) -> Answer:
    """What a service answers to a request that it refuses or fails at.

    S3 and SNS speak XML (S3's own, and the Query protocol), the others JSON with the code in `__type`.
    """
    status, code = _CODES[service][kind]
    if service == "s3":
        text = f"<Error><Code>{code}</Code><Message>Injected</Message><RequestId>0</RequestId></Error>"
        return Answer(status, {"Content-Type": "application/xml"}, text.encode())
    if service == "sns":
        side = "Sender" if status < 500 else "Receiver"
        error = f"<Error><Type>{side}</Type><Code>{code}</Code><Message>Injected</Message></Error>"
        text = (
            f'<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">{error}<RequestId>0</RequestId>'
            "</ErrorResponse>"
        )
        return Answer(status, {"Content-Type": "text/xml"}, text.encode())
    body = json.dumps({"__type": code, "message": "Injected"}).encode()
    return Answer(status, {"Content-Type": "application/x-amz-json-1.1"}, body)
