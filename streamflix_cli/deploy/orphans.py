"""Resources whose creation was cut off before Terraform learned that they exist.

When Terraform is stopped, the AWS provider drops the requests that are under way. One that AWS carries out all
the same leaves a resource that no state knows, and the next deploy would fail on its name. So before a deploy
creates anything, what already exists is written down; after a deploy that did not end well, what exists beyond
that and beyond the state can only come from it, and is deleted. The note stays on the disk meanwhile: if this
program is killed as well, the next run does it.
"""

from pathlib import Path

from pydantic import BaseModel, ValidationError

from lib.naming import Naming
from streamflix_cli.deploy.run import Run
from streamflix_cli.deploy.sweep import Leftover, delete_leftovers, find_leftovers
from streamflix_cli.errors import StreamflixError


class _Note(BaseModel):
    """What existed before a deploy began."""

    existing: list[Leftover]


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


def watch(run: Run) -> None:
    """Writes down what exists before a deploy creates anything."""
    try:
        found = existing(run)
    except StreamflixError as error:
        run.say(f"What exists could not be looked up; an interrupt may leave something behind. {error.message}")
        return
    _path(run).write_text(_Note(existing=found).model_dump_json())


def forget(run: Run) -> None:
    """Drops the note: the deploy ended well, or its orphans are gone."""
    _path(run).unlink(missing_ok=True)


def remove(run: Run) -> list[Leftover]:
    """Deletes what a deploy that did not end well has created without the state knowing.

    Returns:
        What was deleted; nothing if no such deploy is on record.
    """
    try:
        note = _Note.model_validate_json(_path(run).read_bytes())
    except (FileNotFoundError, ValidationError):
        return []
    before, known = {(one.type, one.id) for one in note.existing}, run.state().identifiers
    try:
        orphans = [one for one in existing(run) if (one.type, one.id) not in before and one.id not in known]
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
