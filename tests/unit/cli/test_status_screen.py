"""The status on one screen."""

from io import StringIO

import pytest
from rich.console import Console

from streamflix_cli.pipeline.status import Alarm, DatabaseStatus, Queue, Status, Stream, Tasks
from streamflix_cli.ui.status import screen


def status(*, alarms: int = 0, jobs: dict[str, int] | None = None, note: str | None = None, dead: int = 0) -> Status:
    names = ("jobs", "dead_letters", "pipe_dead_letters")
    return Status(
        environment="pr12345-with-a-lo-ng",
        time="2026-01-31T12:00:00+00:00",
        stream=Stream(name="s", state="ACTIVE", shards=12, lag_seconds=12345.6, pipe="RUNNING"),
        queues=[Queue(name=name, visible=dead, in_flight=123456, delayed=123456) for name in names],
        tasks=Tasks(desired=10, running=9, pending=1),
        database=DatabaseStatus(state="available", capacity=2, min_acu=0.5, max_acu=16),
        jobs=jobs,
        note=note,
        alarms=[
            Alarm(name=f"alarm-number-{number}-pr12345-with-a-lo-ng", reason="x", since="2026-01-31T11:00:00+00:00")
            for number in range(alarms)
        ],
    )


def drawn(shown: Status, *, colour: bool = False) -> str:
    console = Console(file=StringIO(), width=80, height=24, force_terminal=colour, emoji=False)
    console.print(screen(shown))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_worst_fits_a_terminal_of_80_by_24() -> None:
    states = ["received", "planning", "encoding", "finishing", "published", "held", "rejected", "dead", "cancelled"]
    lines = drawn(status(alarms=40, jobs=dict.fromkeys(states, 123456), note="x" * 200, dead=5)).splitlines()
    assert len(lines) < 24
    assert max(map(len, lines)) <= 80
    assert any("and 34 more" in line for line in lines)


@pytest.mark.parametrize(("dead", "red"), [(0, False), (3, True)])
def test_dead_letters_need_attention(dead: int, red: bool) -> None:
    line = next(one for one in drawn(status(dead=dead), colour=True).splitlines() if "pipe dead letters" in one)
    assert ("\x1b[1;31m" in line) is red


def test_what_was_not_asked_says_why() -> None:
    assert "(the database is paused)" in drawn(status(note="the database is paused"))
