"""How a pipe delivers a batch: bisection, retries, age limit, dead letters. Knows no AWS."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from streamflix_cli.local.pipes.envelope import Envelope

Condition = Literal["RetryAttemptsExhausted", "RecordAgeExceeded"]

FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 5.0


@dataclass(frozen=True)
class Limits:
    """What a pipe does with records that its target does not take.

    Attributes:
        retries: Retries of a batch that failed, None without end.
        age_seconds: Older records are discarded, None never.
        bisect: Whether a failed batch is halved until one record is left.
    """

    retries: int | None
    age_seconds: int | None
    bisect: bool

    @classmethod
    def of(cls, parameters: dict[str, Any]) -> "Limits":
        """Those of `KinesisStreamParameters`, where -1 and nothing mean without end."""
        retries = parameters.get("MaximumRetryAttempts", -1)
        age = parameters.get("MaximumRecordAgeInSeconds", -1)
        return cls(
            retries=None if retries < 0 else retries,
            age_seconds=None if age < 0 else age,
            bisect=parameters.get("OnPartialBatchItemFailure") == "AUTOMATIC_BISECT",
        )


@dataclass(frozen=True)
class Delivery:
    """Delivers batches under limits.

    Args:
        limits: The pipe's.
        send: Sends a batch; returns the events that the target did not take.
        discard: Takes events that are given up, and why.
        pause: Waits for so many seconds; returns whether to go on.
        now: Seconds since the epoch.
    """

    limits: Limits
    send: Callable[[Sequence[Envelope]], Sequence[Envelope]]
    discard: Callable[[Sequence[Envelope], Condition], None]
    pause: Callable[[float], bool]
    now: Callable[[], float]

    def deliver(self, batch: Sequence[Envelope]) -> bool:
        """Delivers or discards every event, in order; what follows a failed event waits for it.

        Returns:
            False if it was told not to go on; then the batch is not done.
        """
        waiting = deque([(batch, 0)])
        while waiting:
            events, failures = waiting.popleft()
            fresh = self._discard_old(events)
            left = self.send(fresh) if fresh else ()
            if not left:
                continue
            if self.limits.bisect and len(left) > 1:
                # Splitting is no retry: it spends no attempt.
                middle = len(left) // 2
                waiting.extendleft([(left[middle:], failures), (left[:middle], failures)])
            elif self.limits.retries is not None and failures >= self.limits.retries:
                self.discard(left, "RetryAttemptsExhausted")
            else:
                waiting.appendleft((left, failures + 1))
                if not self.pause(min(FIRST_PAUSE_SECONDS * 2**failures, LONGEST_PAUSE_SECONDS)):
                    return False
        return True

    def _discard_old(self, events: Sequence[Envelope]) -> Sequence[Envelope]:
        if self.limits.age_seconds is None:
            return events
        oldest = self.now() - self.limits.age_seconds
        old = [event for event in events if event["approximateArrivalTimestamp"] < oldest]
        if old:
            self.discard(old, "RecordAgeExceeded")
        return [event for event in events if event["approximateArrivalTimestamp"] >= oldest]
