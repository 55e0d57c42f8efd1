"""A record as a pipe passes it on, and which records it passes on."""

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from moto.events.models import EventPattern

Envelope = dict[str, Any]


def envelope(record: Mapping[str, Any], *, stream_arn: str, shard_id: str, role_arn: str) -> Envelope:
    """The event that a pipe makes of a record (EventBridge user guide, "Kinesis stream as a source").

    Args:
        record: As GetRecords returns it.
        stream_arn: Where it comes from.
        shard_id: Its shard.
        role_arn: The pipe's role.
    """
    return {
        "kinesisSchemaVersion": "1.0",
        "partitionKey": record["PartitionKey"],
        "sequenceNumber": record["SequenceNumber"],
        "data": b64encode(record["Data"]).decode(),
        "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"].timestamp(),
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard_id}:{record['SequenceNumber']}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": role_arn,
        "awsRegion": stream_arn.split(":")[3],
        "eventSourceARN": stream_arn,
    }


class Filter:
    """A pipe's filter: an event passes if one of the patterns matches, or if there is none.

    Args:
        criteria: `SourceParameters.FilterCriteria` of the pipe.
    """

    def __init__(self, criteria: Mapping[str, Any]) -> None:
        patterns = [json.loads(one["Pattern"]) for one in criteria.get("Filters", [])]
        self._patterns = [EventPattern(None, pattern) for pattern in patterns]
        self._reads_data = any("data" in pattern for pattern in patterns)

    def passes(self, record: Mapping[str, Any], event: Envelope) -> bool:
        """Whether the event of a record passes. Patterns on `data` see it decoded, as JSON where it is JSON."""
        if self._reads_data:
            event = {**event, "data": _decoded(record["Data"])}
        # moto knows the type of an event on a bus only; a pattern matches any JSON.
        matched: Any = event
        return not self._patterns or any(pattern.matches_event(matched) for pattern in self._patterns)


def _decoded(data: bytes) -> Any:
    text = data.decode("utf-8", errors="replace")
    try:
        return json.loads(text)
    except ValueError:
        return text
