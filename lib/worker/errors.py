"""How a task ends without being done. Whatever else is raised counts as `INTERNAL_ERROR` and is tried again."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lib.contracts.errors import FailureCode, HoldCode, RejectionCode

if TYPE_CHECKING:
    from lib.worker.store import CheckRow


class RejectedError(Exception):
    """The input is bad: the job is rejected, and trying again would change nothing.

    Attributes:
        code: Stable, for programs.
        reason: One or two sentences for who submitted it.
    """

    def __init__(self, code: RejectionCode, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code: RejectionCode = code
        self.reason = reason


class HeldError(Exception):
    """A person must supply something first: the job is held.

    Attributes:
        code: Stable, for programs.
        reason: What is missing.
        checks: Outcomes of the checks that found it.
    """

    def __init__(self, code: HoldCode, reason: str, *, checks: Sequence["CheckRow"] = ()) -> None:
        super().__init__(f"{code}: {reason}")
        self.code: HoldCode = code
        self.reason = reason
        self.checks = checks


class RetryError(Exception):
    """It may pass: the task is tried again after a while, as often as its attempts allow.

    Attributes:
        code: Stable, for programs.
        reason: One or two sentences for the operator.
    """

    def __init__(self, code: FailureCode, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code: FailureCode = code
        self.reason = reason


class CancelledError(Exception):
    """The work was told to stop: the job is cancelled, the lease is lost, or the worker must go."""


class LeaseLostError(Exception):
    """The task is no longer this worker's: its lease ran out and another may hold it. Results are dropped."""
