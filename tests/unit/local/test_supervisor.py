import time
from collections.abc import Callable
from pathlib import Path

from streamflix_cli.local import supervisor
from streamflix_cli.local.supervisor import Part


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def part(tmp_path: Path, module: str, *arguments: str) -> Part:
    return Part("part", module, arguments, inherits=(), log=tmp_path / "part.log")


def test_a_part_that_always_crashes_is_started_again_ever_more_slowly(tmp_path: Path) -> None:
    crashing = part(tmp_path, "streamflix_no_such_module")
    starts: list[float] = []
    deadline = time.monotonic() + 6
    while len(starts) < 3 and time.monotonic() < deadline:
        if crashing.keep_running() and crashing.record().state == "running":
            starts.append(time.monotonic())
        time.sleep(0.01)
    crashing.stop()
    first, second, third = starts
    assert second - first >= supervisor.FIRST_DELAY_SECONDS
    assert third - second >= 2 * supervisor.FIRST_DELAY_SECONDS
    assert crashing.last_exit == "exit code 1"
    assert crashing.restarts == 2
    assert "streamflix_no_such_module" in (tmp_path / "part.log").read_text()


def test_a_part_gets_another_token_with_each_start(tmp_path: Path) -> None:
    crashing = part(tmp_path, "streamflix_no_such_module")
    crashing.keep_running()
    first = crashing.token
    until(lambda: crashing.keep_running() and crashing.record().state == "running")
    assert crashing.token != first
    crashing.stop()


def test_a_log_stays_within_its_bound(tmp_path: Path) -> None:
    chatty = part(tmp_path, "this")
    chatty._output.maxBytes = 500
    chatty.keep_running()
    until((tmp_path / "part.log.1").exists)
    time.sleep(0.2)
    chatty.stop()
    assert sum(path.stat().st_size for path in tmp_path.glob("part.log*")) <= supervisor.LOG_FILES * 600
