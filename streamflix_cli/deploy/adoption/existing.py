"""What exists of an environment, and what of it the state does not know."""

import re
import time

from lib.naming import Naming
from streamflix_cli.deploy.adoption.types import TERRAFORM_TYPES, identities
from streamflix_cli.deploy.run import Run
from streamflix_cli.deploy.state import State
from streamflix_cli.deploy.sweep import Leftover, find_leftovers, look_again

MAKING_SECONDS = 1800.0
"""How long AWS may go on making what a killed run has asked for: a database cluster takes ten minutes."""
_PAUSE_SECONDS = 5.0
_MADE_BY_RDS = ":secret:rds!"
"""In the ARN of a secret that RDS makes for a cluster, lets nobody else delete, and deletes with the cluster."""
_COMING = re.compile(r"(?:^|\s)(?:creating|pending|modifying|updating)$", re.IGNORECASE)


def existing(run: Run, *, settle_seconds: float = 0) -> list[Leftover]:
    """Returns what exists of an environment, found by tag and by name.

    Raises:
        StreamflixError: `SWEEP_INCOMPLETE`.
    """
    return find_leftovers(
        run.cloud.session(),
        naming=Naming(run.workspace.suffix),
        account_id=run.cloud.account_id,
        region=run.cloud.region,
        settle_seconds=settle_seconds,
    )


def can_exist(run: Run) -> bool:
    """Whether anything can exist that the state does not know.

    The local cloud is its folder's alone, so there is nothing before the first deploy from there.
    """
    return run.cloud.target != "local" or run.workspace.has_deployed


def unknown(found: list[Leftover], state: State) -> list[Leftover]:
    """Returns what could be the stack's, by its type, and is not in its state."""
    return [
        one
        for one in found
        if one.type in TERRAFORM_TYPES
        and not (one.type == "secret" and _MADE_BY_RDS in one.id)
        and not identities(one) & state.identifiers_of(TERRAFORM_TYPES[one.type])
    ]


def made(run: Run, found: list[Leftover]) -> list[Leftover]:
    """Waits until AWS has made what it is still making, because nothing can be changed about it before.

    Returns:
        What exists then, with its state.
    """
    deadline = time.monotonic() + MAKING_SECONDS
    told = False
    while (coming := [one for one in found if _COMING.search(one.detail)]) and time.monotonic() < deadline:
        if not told:
            run.say(f"Waiting until AWS has made {', '.join(one.id for one in coming)}.")
            told = True
        time.sleep(_PAUSE_SECONDS)
        found = look_again(run.cloud.session(), found, region=run.cloud.region)
    return found
