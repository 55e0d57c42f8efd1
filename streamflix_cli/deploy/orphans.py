"""Resources whose creation was cut off before Terraform learned that they exist.

When Terraform is stopped, the AWS provider drops the requests that are under way. One that AWS carries out all
the same leaves a resource that no state knows, and the next deploy would fail on its name. So before a deploy
creates anything, the names that it will create and what exists already are written down. After an interrupt, what
bears one of those names, did not exist before and is not in the state can only come from that deploy, and is
deleted. The next run looks once more: a request may be carried out late, and this program may have been killed
before it could look.
"""

from pathlib import Path

from pydantic import BaseModel, ValidationError

from lib.naming import Naming
from streamflix_cli.deploy.planfile import Plan
from streamflix_cli.deploy.run import Run
from streamflix_cli.deploy.sweep import Leftover, delete_leftovers, find_leftovers
from streamflix_cli.errors import StreamflixError

UNNAMED = frozenset(
    {
        "elastic_ip",
        "flow_log",
        "internet_gateway",
        "kms_key",
        "nat_gateway",
        "route_table",
        "security_group",
        "subnet",
        "vpc",
        "vpc_endpoint",
    }
)
"""Types whose ids AWS makes up; only the stack makes any of them, and the state holds exactly these ids."""
SECRET_ENDING = 7
"""Characters that Secrets Manager appends to a secret's name in its ARN: a hyphen and six random ones."""


class Note(BaseModel):
    """What there was before a deploy began, and the names that it was to create."""

    existing: list[Leftover]
    creating: frozenset[str]

    def is_orphan(self, found: Leftover, known: frozenset[str]) -> bool:
        """Whether the deploy created something that the state, which knows `known`, does not hold."""
        names = _names(found)
        if found.id in {one.id for one in self.existing} or names & known:
            return False
        return found.type in UNNAMED or bool(names & self.creating)


def _names(found: Leftover) -> set[str]:
    """Returns what a resource may be called, by its id: an ARN, a path such as `CLUSTER/SERVICE`, or the name."""
    if found.type == "scaling_target":
        return {found.id}  # its path ends in the name of the service that it scales
    if found.type == "ecs_task_definition":
        return {found.id, found.id.rpartition("/")[2].partition(":")[0]}  # FAMILY:REVISION
    last = found.id.rpartition("/")[2].rpartition(":")[2]
    return {found.id, last, last[:-SECRET_ENDING]} if found.type == "secret" else {found.id, last}


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


def watch(run: Run, plan: Plan) -> None:
    """Writes down what exists before a deploy creates what is planned."""
    try:
        found = existing(run)
    except StreamflixError as error:
        run.say(f"What exists could not be looked up; an interrupt may leave something behind. {error.message}")
        return
    creating = frozenset(change.name for change in plan.changes if change.action in ("create", "replace"))
    _path(run).write_text(Note(existing=found, creating=creating).model_dump_json())


def forget(run: Run) -> None:
    """Drops the note: the deploy ended well, or its orphans are gone."""
    _path(run).unlink(missing_ok=True)


def remove(run: Run) -> list[Leftover]:
    """Deletes what an interrupted deploy has created without the state knowing.

    Returns:
        What was deleted; nothing if no such deploy is on record.
    """
    if run.workspace.unsaved_state.exists():
        return []  # the state knows more than it says
    try:
        note = Note.model_validate_json(_path(run).read_bytes())
    except (FileNotFoundError, ValidationError):
        return []
    known = run.state().identifiers
    try:
        orphans = [found for found in existing(run) if note.is_orphan(found, known)]
    except StreamflixError as error:
        run.say(f"What the interrupted deploy left could not be looked up. {error.message}")
        return []
    if orphans:
        names = ", ".join(one.id for one in orphans)
        run.say(f"Deleting what was created in the last moment, before Terraform could note it: {names}.")
        delete_leftovers(run.cloud.session(), orphans, region=run.cloud.region)
    return orphans


def _path(run: Run) -> Path:
    return run.workspace.folder / "unfinished.json"
