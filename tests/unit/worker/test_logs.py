import io
import json
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from lib.worker import logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure(stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, str]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_each_line_is_one_object_with_time_level_and_message(stream: io.StringIO) -> None:
    logging.getLogger("any").warning("%s\nof %s", "two lines", "ünicode")
    (line,) = lines(stream)
    assert line["level"] == "WARNING"
    assert line["message"] == "two lines\nof ünicode"
    time = datetime.fromisoformat(line["time"])
    assert time.utcoffset() is not None
    assert abs((datetime.now(UTC) - time).total_seconds()) < 60


def test_an_error_carries_its_traceback(stream: io.StringIO) -> None:
    try:
        int("none")
    except ValueError:
        logging.getLogger("any").exception("failed")
    (line,) = lines(stream)
    assert line["level"] == "ERROR"
    assert "ValueError: invalid literal" in line["traceback"]


def test_all_threads_say_what_the_worker_is_busy_with(stream: io.StringIO) -> None:
    with logs.busy_with(job_id="j", task_id="t"):
        thread = threading.Thread(target=lambda: logging.getLogger("any").info("within"))
        thread.start()
        thread.join()
    logging.getLogger("any").info("after")
    within, after = lines(stream)
    assert (within["job_id"], within["task_id"]) == ("j", "t")
    assert "job_id" not in after


def test_libraries_do_not_tell_of_each_request(stream: io.StringIO) -> None:
    logging.getLogger("botocore.endpoint").info("request")
    assert lines(stream) == []
