"""What the tasks log, from CloudWatch Logs."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from botocore.exceptions import BotoCoreError, ClientError

from streamflix_cli.pipeline.environment import Pipeline
from streamflix_cli.pipeline.failures import is_passing
from streamflix_cli.pipeline.models import Model

Task = Literal["worker", "housekeep", "migrate"]
GROUPS: dict[Task, str] = {
    "worker": "worker_log_group",
    "housekeep": "housekeep_log_group",
    "migrate": "migrate_log_group",
}
"""The output of the stack that names each task's log group."""
POLL_SECONDS = 2.0
LATE = timedelta(seconds=30)
"""How late an event may still come in between others: agents send in batches (PutLogEvents)."""


class Line(Model):
    """One line of a log.

    Attributes:
        time: When it was logged, ISO 8601, UTC.
        level: `INFO`, `WARNING` or `ERROR`; None if the line is no JSON.
        message: What it says.
        stream: Of which run of the task it is.
        fields: What else it carries, as `job_id`.
    """

    time: str
    level: str | None
    message: str
    stream: str
    fields: dict[str, Any]


def parse(event: dict[str, Any]) -> Line:
    """Reads a log event: a JSON object as the tasks log it, or whatever else was printed."""
    at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC).isoformat(timespec="milliseconds")
    stream, text = event["logStreamName"], event["message"]
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        return Line(time=at, level=None, message=text.rstrip(), stream=stream, fields={})
    taken = {name: value.pop(name, None) for name in ("time", "level", "message")}
    return Line(
        time=str(taken["time"] or at),
        level=taken["level"] and str(taken["level"]),
        message=str(taken["message"] or ""),
        stream=stream,
        fields=value,
    )


def read(pipeline: Pipeline, task: Task, *, since: timedelta, job_id: str | None, follow: bool) -> Iterator[Line]:
    """Yields the lines of a task's log, oldest first.

    Args:
        pipeline: The pipeline.
        task: Whose log.
        since: How far back to begin.
        job_id: Only lines that name this job.
        follow: Whether to go on with what is logged from now on, for ever, also while AWS cannot be reached.

    Raises:
        botocore.exceptions.ClientError: The log cannot be read.
    """
    query: dict[str, Any] = {"logGroupName": pipeline.output(GROUPS[task]), "interleaved": True}
    if job_id is not None:
        query["filterPattern"] = f'"{job_id}"'
    begin = datetime.now(UTC) - since
    seen: dict[str, int] = {}
    while True:
        pages = (
            pipeline.client("logs").get_paginator("filter_log_events").paginate(**query, startTime=_milliseconds(begin))
        )
        try:
            for page in pages:
                for event in page["events"]:
                    if event["eventId"] not in seen:
                        seen[event["eventId"]] = event["timestamp"]
                        yield parse(event)
        except (BotoCoreError, ClientError) as error:
            if not (follow and is_passing(error)):
                raise
            pipeline.check_there()
            time.sleep(POLL_SECONDS)
            continue
        if not follow:
            return
        begin = max(begin, datetime.now(UTC) - LATE)
        seen = {event_id: at for event_id, at in seen.items() if at >= _milliseconds(begin)}
        time.sleep(POLL_SECONDS)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
