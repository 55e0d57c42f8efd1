"""What AWS says, said plainly; and whom a short failure does not stop."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)

from streamflix_cli.deploy.workspace import Workspace
from streamflix_cli.pipeline import logs, status
from streamflix_cli.pipeline.environment import Pipeline
from streamflix_cli.pipeline.failures import explain, is_passing, said

UNREACHABLE = EndpointConnectionError(endpoint_url="http://127.0.0.1:1/")


def refusal(code: str, message: str = "Because.", *, status: int = 400) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "GetQueueAttributes")


def pipeline(tmp_path: Path) -> Pipeline:
    return Pipeline(
        "dev", "--env dev", Workspace(tmp_path, "aws", "dev"), {"worker_log_group": "/worker"}, boto3.Session()
    )


def test_a_refusal_is_told_once_with_its_code_and_what_was_asked(tmp_path: Path) -> None:
    assert said(refusal("Gone", "It is gone.")) == "It is gone (Gone of GetQueueAttributes)."
    assert explain(pipeline(tmp_path), refusal("Gone")).message == (
        "AWS did not do it: Because (Gone of GetQueueAttributes)."
    )


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (UNREACHABLE, True),
        (ReadTimeoutError(endpoint_url="http://127.0.0.1:1/"), True),
        (refusal("ThrottlingException"), True),
        (refusal("Throttled", status=503), True),
        (refusal("InternalFailure", status=500), True),
        (refusal("AccessDenied", status=403), False),
        (NoCredentialsError(), False),
    ],
)
def test_only_what_may_pass_is_tried_again(error: BotoCoreError | ClientError, expected: bool) -> None:
    assert is_passing(error) is expected


class Failing:
    """Client and paginator of CloudWatch Logs that fail before they answer."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)

    def get_paginator(self, _name: str) -> "Failing":
        return self

    def paginate(self, **_query: object) -> Iterator[dict[str, Any]]:
        if self._errors:
            raise self._errors.pop(0)
        now = int(datetime.now(UTC).timestamp() * 1000)
        yield {"events": [{"eventId": "1", "timestamp": now, "message": "there", "logStreamName": "s"}]}


def read(tmp_path: Path, client: Failing, *, follow: bool) -> str:
    there = pipeline(tmp_path)
    there._clients["logs"] = client
    with patch.object(logs, "POLL_SECONDS", 0):
        return next(logs.read(there, "worker", since=timedelta(hours=1), job_id=None, follow=follow)).message


def test_a_log_that_is_followed_outlives_what_passes(tmp_path: Path) -> None:
    assert read(tmp_path, Failing(UNREACHABLE, refusal("ThrottlingException")), follow=True) == "there"
    with pytest.raises(ClientError):
        read(tmp_path, Failing(refusal("AccessDenied")), follow=True)
    with pytest.raises(EndpointConnectionError):
        read(tmp_path, Failing(UNREACHABLE), follow=False)


def test_a_status_that_is_watched_outlives_what_passes(tmp_path: Path) -> None:
    watcher, told = object.__new__(status.Watcher), list[str]()
    watcher._pipeline = pipeline(tmp_path)
    looks_at = [UNREACHABLE, UNREACHABLE, "seen", refusal("AccessDenied")]
    with patch.object(status.Watcher, "look", side_effect=looks_at):
        looks = watcher.watch(0, say=told.append)
        assert str(next(looks)) == "seen"
        assert len(told) == 1
        with pytest.raises(ClientError):
            next(looks)
