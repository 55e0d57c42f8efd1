"""What the deploy commands need from whoever runs them: a terminal, a CI log, a test."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from streamflix_cli.deploy.events import Event
from streamflix_cli.deploy.results import HeldLock, PlanResult


class Host(Protocol):
    """Shows and asks; nothing in this package prints."""

    def say(self, message: str) -> None:
        """Tells what is going on."""

    def warn(self, message: str) -> None:
        """Tells what the user should know."""

    def progress(self, title: str, total: int) -> AbstractContextManager[Callable[[Event], None]]:
        """Shows a run of `total` operations while it goes on; yields what takes its events."""

    def approve_deploy(self, plan: PlanResult) -> None:
        """Shows a plan that has changes and asks.

        Raises:
            StreamflixError: `DECLINED` or `CONFIRMATION_REQUIRED`.
        """

    def approve_destroy(self, environment: str, addresses: list[str], *, ephemeral: bool) -> None:
        """Shows what will go and asks, the harder if the environment is not ephemeral.

        Raises:
            StreamflixError: `DECLINED` or `CONFIRMATION_REQUIRED`.
        """

    def approve_unlock(self, environment: str, locks: list[HeldLock]) -> None:
        """Shows the locks that will be released and asks, the harder if one was taken on another machine.

        Raises:
            StreamflixError: `DECLINED` or `CONFIRMATION_REQUIRED`.
        """
