from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, strategies as st

from streamflix_cli.local.ecs import logs
from streamflix_cli.local.ecs.logs import LogShipper
from streamflix_cli.local.ecs.records import LogStream, TaskFolder

STREAM = LogStream(group="g", stream="worker/worker/1", region="us-east-1")
lines = st.lists(st.text("ab\r é", max_size=12).map(lambda line: line.rstrip("\r")), max_size=20)


class Calls:
    """Takes events as CloudWatch Logs does, and keeps them."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def put_log_events(self, *, logEvents: list[dict[str, Any]], **_: str) -> None:  # noqa: N803
        assert 0 < len(logEvents) <= logs.CALL_EVENTS
        assert all(event["message"] for event in logEvents)
        self.messages += [event["message"] for event in logEvents]


@given(lines, st.lists(st.integers(0, 200), max_size=4), st.booleans())
def test_every_line_arrives_once_however_the_output_comes_and_the_agent_restarts(
    written: list[str], cuts: list[int], last_has_end: bool
) -> None:
    output = "\n".join(written).encode() + (b"\n" if last_has_end else b"")
    calls = Calls()
    with TemporaryDirectory() as path:
        folder = TaskFolder(Path(path))
        for end in [*sorted(cuts), len(output)]:
            folder.output.write_bytes(output[:end])
            LogShipper(STREAM, folder, calls).ship()
        LogShipper(STREAM, folder, calls).ship(ended=True)
    assert calls.messages == [line for line in written if line]


def test_a_line_that_is_longer_than_an_event_is_cut(tmp_path: Path) -> None:
    folder, calls = TaskFolder(tmp_path), Calls()
    folder.output.write_bytes(b"x" * (3 * logs.READ_BYTES) + b"\nshort\n")
    LogShipper(STREAM, folder, calls).ship()
    assert "".join(calls.messages[:-1]) == "x" * (3 * logs.READ_BYTES)
    assert max(map(len, calls.messages)) <= logs.EVENT_BYTES
    assert calls.messages[-1] == "short"
