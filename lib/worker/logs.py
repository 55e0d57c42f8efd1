"""Logs: one JSON object a line, as the metric filter on `level` and `streamflix logs` read them."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TextIO

_LEVELS = {logging.DEBUG: "INFO", logging.CRITICAL: "ERROR"}
"""Three levels are enough: the others are said by the nearest."""


class JsonFormatter(logging.Formatter):
    """Formats `time` (ISO 8601, UTC), `level`, `message`, what the process is busy with, and a traceback.

    Attributes:
        busy_with: Further fields of every line. A worker has one task at a time, and all its threads work on it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.busy_with: dict[str, str] = {}

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": _LEVELS.get(record.levelno, record.levelname),
            "message": record.getMessage(),
            **self.busy_with,
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


_FORMATTER = JsonFormatter()


def configure(stream: TextIO = sys.stdout) -> None:
    """Sends the process's logs to the stream, from `INFO` on."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_FORMATTER)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # They tell of every connection and every retry.
    for chatty in ("botocore", "boto3", "urllib3", "s3transfer"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


@contextmanager
def busy_with(**fields: str) -> Iterator[None]:
    """Every line within carries these fields."""
    _FORMATTER.busy_with = fields
    try:
        yield
    finally:
        _FORMATTER.busy_with = {}
