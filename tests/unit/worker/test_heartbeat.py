import time
from threading import Event

import pytest

from lib.worker import heartbeat
from lib.worker.errors import LeaseLostError
from lib.worker.heartbeat import Heartbeat

LEASE_SECONDS = 0.6
RENEWAL_SECONDS = 0.05


@pytest.fixture(autouse=True)
def quick_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(heartbeat, "RENEWAL_SECONDS", RENEWAL_SECONDS)


class Renewals:
    """Answers each renewal in turn, the last answer for ever; an exception is raised."""

    def __init__(self, *answers: bool | Exception) -> None:
        self.answers = list(answers)
        self.progress: list[float | None] = []

    def __call__(self, progress: float | None) -> bool:
        self.progress.append(progress)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Keeps:
    """Counts; fails if told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.count = 0
        self.error = error

    def __call__(self) -> None:
        self.count += 1
        if self.error:
            raise self.error


def beating(
    renewals: Renewals,
    *,
    keeps: Keeps | None = None,
    stopping: Event | None = None,
    lease_seconds: float = LEASE_SECONDS,
) -> Heartbeat:
    return Heartbeat(
        renew=renewals, keep=keeps or Keeps(), stopping=(stopping or Event()).is_set, lease_seconds=lease_seconds
    )


def test_it_renews_the_lease_often_and_what_costs_more_three_times_a_lease() -> None:
    renewals, keeps = Renewals(False), Keeps()
    with beating(renewals, keeps=keeps) as beat:
        beat.report(0.5)
        time.sleep(2.5 * LEASE_SECONDS)
    assert 6 <= keeps.count <= 8
    assert len(renewals.progress) > 2 * keeps.count
    assert renewals.progress[-1] == 0.5
    assert beat.interruption is None
    assert not beat.cancel.is_set()
    counts = len(renewals.progress), keeps.count
    time.sleep(LEASE_SECONDS)
    assert (len(renewals.progress), keeps.count) == counts


def test_a_short_lease_is_renewed_three_times_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "RENEWAL_SECONDS", 60)
    renewals = Renewals(False)
    with beating(renewals):
        time.sleep(1.5 * LEASE_SECONDS)
    assert len(renewals.progress) >= 3


def test_a_cancelled_job_interrupts_the_work_long_before_the_lease_is_over() -> None:
    began = time.monotonic()
    with beating(Renewals(False, True), lease_seconds=3600) as beat:
        assert beat.cancel.wait(5)
    assert beat.interruption == "cancelled"
    assert time.monotonic() - began < 3


def test_a_lost_lease_interrupts_the_work() -> None:
    with beating(Renewals(LeaseLostError()), lease_seconds=3600) as beat:
        assert beat.cancel.wait(5)
    assert beat.interruption == "lease lost"


def test_a_renewal_that_fails_once_changes_nothing() -> None:
    renewals = Renewals(OSError("away"), False)
    with beating(renewals) as beat:
        time.sleep(2 * LEASE_SECONDS)
    assert beat.interruption is None
    assert len(renewals.progress) >= 3


def test_whatever_else_cannot_be_kept_the_lease_is() -> None:
    renewals, keeps = Renewals(False), Keeps(OSError("away"))
    with beating(renewals, keeps=keeps) as beat:
        time.sleep(2 * LEASE_SECONDS)
    assert beat.interruption is None
    assert keeps.count >= 2
    assert len(renewals.progress) > keeps.count


def test_without_any_renewal_for_a_whole_lease_the_task_counts_as_lost() -> None:
    began = time.monotonic()
    with beating(Renewals(OSError("away"))) as beat:
        assert beat.cancel.wait(5)
    assert beat.interruption == "lease lost"
    assert time.monotonic() - began >= LEASE_SECONDS


def test_a_worker_that_must_go_interrupts_the_work_without_waiting_for_a_beat() -> None:
    stopping, renewals = Event(), Renewals(False)
    with beating(renewals, stopping=stopping, lease_seconds=600) as beat:
        stopping.set()
        assert beat.cancel.wait(5)
    assert beat.interruption == "preempted"


def test_a_worker_that_was_told_before_begins_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "TICK_SECONDS", 60)
    stopping, renewals = Event(), Renewals(False)
    stopping.set()
    with beating(renewals, stopping=stopping) as beat:
        assert beat.cancel.wait(5)
    assert beat.interruption == "preempted"
    assert renewals.progress == []
