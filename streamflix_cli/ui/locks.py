"""Locks, and what became of them."""

from datetime import timedelta

from rich.console import Console

from streamflix_cli.deploy.results import HeldLock, UnlockResult


def render_unlock(console: Console, result: UnlockResult) -> None:
    """Draws what was released."""
    if not result.held:
        console.print(f"No lock is held on {result.environment}.", markup=False)
    for one in result.held:
        console.print(f"Released: {one.place}", markup=False, soft_wrap=True)


def render_locks(console: Console, locks: list[HeldLock]) -> None:
    """Draws locks, each with its holder."""
    for one in locks:
        age = timedelta(seconds=one.age_seconds)
        where = "on another machine; whether it lives cannot be seen from here" if one.elsewhere else "no longer alive"
        console.print(
            f"{one.kind} lock {one.place}\n"
            f"  taken by {one.who} for {one.doing}, {age} ago (since {one.since:%Y-%m-%d %H:%M:%S %Z}); {where}",
            markup=False,
            soft_wrap=True,
        )
