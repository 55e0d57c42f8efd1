"""Resources whose creation was cut off before Terraform learned that they exist.

When Terraform is stopped, the AWS provider drops the requests that are under way. One that AWS carries out all the
same leaves a resource that no state knows. After an interrupt, what bears a name that the deploy was to create, did
not exist before it and is not in the state can only come from it. It is seconds old and holds nothing, so it is
deleted at once, and nothing is left that a destroy would not find. What is missed (this program was killed, a request
was carried out late) the next deploy adopts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from streamflix_cli.deploy.adoption import existing, unknown
from streamflix_cli.deploy.adoption.types import UNNAMED, names
from streamflix_cli.deploy.planfile import Plan
from streamflix_cli.deploy.run import Run
from streamflix_cli.deploy.state import State
from streamflix_cli.deploy.sweep import Leftover, delete_leftovers
from streamflix_cli.errors import StreamflixError


@dataclass(frozen=True)
class Before:
    """What there was before a deploy began to create, and the names of what it was to create."""

    existing: frozenset[str]
    creating: frozenset[str]

    def orphans(self, found: list[Leftover], state: State) -> list[Leftover]:
        """Returns what the deploy created and the state does not hold."""
        return [
            one
            for one in unknown(found, state)
            if one.id not in self.existing and (one.type in UNNAMED or names(one, {}) & self.creating)
        ]


def look(run: Run, plan: Plan, found: Sequence[Leftover] | None) -> Before | None:
    """Returns what there is before a plan is applied; None if it could not be looked up.

    Args:
        run: On the environment.
        plan: What is to be created.
        found: What exists, if that is known already.
    """
    try:
        found = existing(run) if found is None else found
    except StreamflixError as error:
        run.say(f"What exists could not be looked up; an interrupt may leave something behind. {error.message}")
        return None
    creating = frozenset(change.name for change in plan.changes if change.action in ("create", "replace"))
    return Before(frozenset(one.id for one in found), creating)


def remove(run: Run, before: Before) -> None:
    """Deletes what an interrupted deploy has created without the state knowing."""
    if run.workspace.unsaved_state.exists():
        return  # the state knows more than it says
    try:
        orphans = before.orphans(existing(run), run.state())
    except StreamflixError as error:
        run.say(f"What the interrupted deploy left could not be looked up. {error.message}")
        return
    if orphans:
        ids = ", ".join(one.id for one in orphans)
        run.say(f"Deleting what was created in the last moment, before Terraform could note it: {ids}.")
        delete_leftovers(run.cloud.session(), orphans, region=run.cloud.region)
