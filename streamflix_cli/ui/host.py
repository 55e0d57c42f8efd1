"""The deploy commands' host on a terminal or in a log."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from streamflix_cli.deploy.events import Event
from streamflix_cli.deploy.results import HeldLock, PlanResult
from streamflix_cli.errors import EXIT_NOT_DONE, StreamflixError
from streamflix_cli.ui.deploy import render_resources
from streamflix_cli.ui.locks import render_locks
from streamflix_cli.ui.output import Output
from streamflix_cli.ui.plan import render_plan
from streamflix_cli.ui.progress import RunProgress


@dataclass(frozen=True)
class TerminalHost:
    """Shows on stderr and asks there.

    Attributes:
        output: The command's streams.
        yes: Whether the user agreed beforehand.
        confirm: The environment's name, if the user gave it as a confirmation.
    """

    output: Output
    yes: bool = False
    confirm: str | None = None

    def say(self, message: str) -> None:
        """Notes it on stderr."""
        self.output.note(message)

    def warn(self, message: str) -> None:
        """Warns on stderr and in the envelope."""
        self.output.warn(message)

    @contextmanager
    def progress(self, title: str, total: int) -> Iterator[Callable[[Event], None]]:
        """A bar, or lines."""
        with RunProgress(self.output.err, total=total).shown(title) as progress:
            yield progress.on_event

    def approve_deploy(self, plan: PlanResult) -> None:
        """Shows the plan and asks for a yes."""
        render_plan(self.output.err, plan)
        if self.yes:
            return
        if not self.output.interactive:
            raise _no_terminal("--yes")
        if self._ask(f"Deploy this to {plan.environment}? Only `yes` is accepted: ") != "yes":
            raise _declined()

    def approve_destroy(self, environment: str, addresses: list[str], *, ephemeral: bool) -> None:
        """Shows what goes and asks for the environment's name."""
        render_resources(self.output.err, addresses, environment)
        if (self.yes and ephemeral) or self.confirm == environment:
            return
        if self.confirm is not None:
            raise StreamflixError(
                "CONFIRMATION_REQUIRED",
                f"--confirm {self.confirm} is not the name of this environment; nothing was destroyed.",
                hint=f"Its name is {environment}.",
                exit_code=EXIT_NOT_DONE,
            )
        if not self.output.interactive:
            raise _no_terminal("--yes" if ephemeral else f"--confirm {environment}")
        if self._ask(f"Type the environment's name, {environment}, to destroy it: ") != environment:
            raise _declined()

    def approve_unlock(self, environment: str, locks: list[HeldLock]) -> None:
        """Shows the locks and asks for a yes; for the environment's name if one was taken elsewhere."""
        render_locks(self.output.err, locks)
        if self.yes:
            return
        if not self.output.interactive:
            raise _no_terminal("--yes")
        if any(one.elsewhere for one in locks):
            question, answer = (
                f"If its holder is surely dead, type the environment's name, {environment}: ",
                environment,
            )
        else:
            question, answer = "Release it? Only `yes` is accepted: ", "yes"
        if self._ask(question) != answer:
            raise _declined()

    def _ask(self, question: str) -> str:
        self.output.err.print(question, end="", markup=False)
        try:
            return input().strip()
        except EOFError:
            return ""


def _no_terminal(flag: str) -> StreamflixError:
    return StreamflixError(
        "CONFIRMATION_REQUIRED",
        "This needs a confirmation, and there is no terminal to ask on; nothing was done.",
        hint=f"Add `{flag}`.",
        exit_code=EXIT_NOT_DONE,
    )


def _declined() -> StreamflixError:
    return StreamflixError(
        "DECLINED", "Declined; nothing was done.", hint="Run it again when ready.", exit_code=EXIT_NOT_DONE
    )
