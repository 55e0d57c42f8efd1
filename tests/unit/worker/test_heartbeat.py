import time
from threading import Event

import pytest

from lib.worker import heartbeat
from lib.worker.errors import LeaseLostError
from lib.worker.heartbeat import Heartbeat

LEASE_SECONDS = 0.3


@pytest.fixture(autouse=True)
def quick_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "TICK_SECONDS", 0.01)


class Beats:
    """Answers each beat in turn, the last answer for ever; an exception is raised."""

    def __init__(self, *answers: bool | Exception) -> None:
        self.answers = list(answers)
        self.progress: list[float | None] = []

    def __call__(self, progress: float | None) -> bool:
        self.progress.append(progress)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def beating(beats: Beats, stopping: Event | None = None) -> Heartbeat:
    return Heartbeat(beat=beats, stopping=(stopping or Event()).is_set, lease_seconds=LEASE_SECONDS)


def test_it_beats_often_enough_to_keep_the_lease_and_carries_progress() -> None:
    beats = Beats(False)
    with beating(beats) as beat:
        beat.report(0.5)
        time.sleep(3 * LEASE_SECONDS)
    assert len(beats.progress) >= 6
    assert beats.progress[-1] == 0.5
    assert beat.interruption is None
    assert not beat.cancel.is_set()
    count = len(beats.progress)
    time.sleep(LEASE_SECONDS)
    assert len(beats.progress) == count


def test_a_cancelled_job_interrupts_the_work() -> None:
    with beating(Beats(False, True)) as beat:
        assert beat.cancel.wait(5)
    assert beat.interruption == "cancelled"


def test_a_lost_lease_interrupts_the_work() -> None:
    with beating(Beats(LeaseLostError())) as beat:
        assert beat.cancel.wait(5)
    assert beat.interruption == "lease lost"


def test_a_beat_that_fails_once_changes_nothing() -> None:
    beats = Beats(OSError("away"), False)
    with beating(beats) as beat:
        time.sleep(2 * LEASE_SECONDS)
    assert beat.interruption is None
    assert len(beats.progress) >= 3


def test_without_any_beat_for_a_whole_lease_the_task_counts_as_lost() -> None:
    began = time.monotonic()
    with beating(Beats(OSError("away"))) as beat:
        assert beat.cancel.wait(5)
    assert beat.interruption == "lease lost"
    assert time.monotonic() - began >= LEASE_SECONDS


def test_a_worker_that_must_go_interrupts_the_work_without_waiting_for_a_beat() -> None:
    stopping = Event()
    beats = Beats(False)
    with Heartbeat(beat=beats, stopping=stopping.is_set, lease_seconds=600) as beat:
        stopping.set()
        assert beat.cancel.wait(5)
    assert beat.interruption == "preempted"
    assert beats.progress == []
