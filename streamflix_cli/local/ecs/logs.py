"""From a container's output to CloudWatch Logs, as the `awslogs` driver moves it."""

import io
import logging
import time
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from streamflix_cli.local.ecs.records import LogStream, TaskFolder
from streamflix_cli.local.ecs.secrets import ResourceInitializationError
from streamflix_cli.local.part import Client

READ_BYTES = 512 * 1024
"""Of output a call: below PutLogEvents' limit of 1 MiB, with 26 bytes more for each event."""
EVENT_BYTES = 256 * 1024 - 26
"""The awslogs driver cuts longer lines."""
CALL_EVENTS = 10_000
"""Limit of PutLogEvents."""

logger = logging.getLogger(__name__)


def stream_of(container: Mapping[str, Any], task_id: str) -> LogStream | None:
    """Where a container's output goes by its definition."""
    configuration = container.get("logConfiguration")
    if not configuration or configuration["logDriver"] != "awslogs":
        return None
    options = configuration["options"]
    return LogStream(
        group=options["awslogs-group"],
        stream=f"{options['awslogs-stream-prefix']}/{container['name']}/{task_id}",
        region=options["awslogs-region"],
    )


def create(stream: LogStream, client: Client) -> None:
    """Creates the stream.

    Raises:
        ResourceInitializationError: There is no such group.
    """
    try:
        client.create_log_stream(logGroupName=stream.group, logStreamName=stream.stream)
    except ClientError as error:
        raise ResourceInitializationError(
            "failed to validate logger args: create stream has been retried 1 times: "
            f"failed to create Cloudwatch log stream: {error}"
        ) from error


class LogShipper:
    """Moves the lines of one task. After a crash of the agent lines may come twice, none is lost.

    Args:
        stream: Where to.
        folder: Files of the task.
        client: CloudWatch Logs in the stream's region.
    """

    def __init__(self, stream: LogStream, folder: TaskFolder, client: Client) -> None:
        self._stream = stream
        self._folder = folder
        self._client = client
        try:
            self._shipped = int(folder.shipped.read_text())
        except (FileNotFoundError, ValueError):
            self._shipped = 0

    def ship(self, *, ended: bool = False) -> None:
        """Sends what is new.

        Args:
            ended: Also a last line without an end.

        Raises:
            BotoCoreError: No answer; the next call sends the same lines.
        """
        while self._ship_some(ended=ended):
            pass

    def _ship_some(self, *, ended: bool) -> bool:
        with self._folder.output.open("rb") as output:
            output.seek(self._shipped)
            read = output.read(READ_BYTES)
        full = len(read) == READ_BYTES
        whole = read[: read.rfind(b"\n") + 1]
        if (ended and not full) or (full and not whole):
            # The last line has no end, or one is longer than a call may be.
            whole = read
        lines = io.BytesIO(whole).readlines()[:CALL_EVENTS]
        if not lines:
            return False
        self._put(lines)
        self._shipped += sum(map(len, lines))
        self._folder.shipped.write_text(str(self._shipped))
        return True

    def _put(self, lines: list[bytes]) -> None:
        now = int(time.time() * 1000)
        events = [
            {"timestamp": now, "message": text[start : start + EVENT_BYTES].decode("utf-8", errors="replace")}
            for text in (line.rstrip(b"\r\n") for line in lines)
            for start in range(0, len(text), EVENT_BYTES)
        ]
        if not events:
            return
        try:
            self._client.put_log_events(
                logGroupName=self._stream.group, logStreamName=self._stream.stream, logEvents=events
            )
        except ClientError as error:
            # The group was deleted: the driver drops what it cannot deliver.
            logger.warning("Output of %s is dropped: %s", self._stream.stream, error)
