"""Terraform's state: what is deployed."""

import json
from dataclasses import dataclass, field
from typing import Any

from streamflix_cli.deploy.workspace import Workspace
from streamflix_cli.errors import StreamflixError


@dataclass(frozen=True)
class State:
    """What the state knows.

    Attributes:
        addresses: Of every managed resource instance.
        outputs: Of the stack; sensitive ones are left out.
        identifiers: Every name, ARN and id by which AWS knows one of the resources.
    """

    addresses: list[str] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    identifiers: frozenset[str] = frozenset()


def parse_state(document: str | bytes) -> State:
    """Reads a state of format version 4; an empty document is an empty state.

    Raises:
        ValueError: It is not one.
    """
    if not document.strip():
        return State()
    state = json.loads(document)
    if not isinstance(state, dict) or state.get("version") != 4:
        raise ValueError("not a Terraform state of version 4")
    instances = [
        (one, instance)
        for one in state.get("resources", [])
        if one["mode"] == "managed"
        for instance in one["instances"]
    ]
    addresses = [
        f"{one['type']}.{one['name']}" + (f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else "")
        for one, instance in instances
    ]
    identifiers = frozenset(
        value
        for _, instance in instances
        for value in instance.get("attributes", {}).values()
        if isinstance(value, str)
    )
    outputs = {name: one["value"] for name, one in state.get("outputs", {}).items() if not one.get("sensitive")}
    return State(addresses, outputs, identifiers)


def check_files(workspace: Workspace) -> None:
    """Refuses to work on a state that an earlier run could not write whole. Nothing is changed.

    Raises:
        StreamflixError: `STATE_CORRUPT` or `STATE_UNSAVED`.
    """
    if workspace.unsaved_state.exists():
        raise unsaved(workspace)
    path = workspace.state
    try:
        if path.exists():
            parse_state(path.read_bytes() or b"null")  # Terraform never leaves an empty file
    except (OSError, ValueError, KeyError, TypeError) as error:
        backup = path.with_name(path.name + ".backup")
        last = f" Terraform's last backup is {backup}." if backup.exists() else ""
        raise StreamflixError(
            "STATE_CORRUPT",
            f"{path} is not a whole Terraform state: {error}.{last}",
            hint="Put a good copy in its place (nothing was changed). Without one, move it away and run "
            "`streamflix destroy --sweep`, which finds what exists by name and tag.",
        ) from error


def unsaved(workspace: Workspace) -> StreamflixError:
    """The error for a state that Terraform could not store; on a full disk, not even whole beside it."""
    path = workspace.unsaved_state
    store = f"`terraform -chdir={path.parent} state push {path.name}`"
    try:
        parse_state(path.read_bytes() or b"null")
    except (OSError, ValueError, KeyError, TypeError):
        return StreamflixError(
            "STATE_UNSAVED",
            f"A run on `{workspace.suffix}` could neither store its state nor leave it whole in {path}.",
            hint=f"Free some space. Terraform printed the state into the last log in {workspace.logs}: copy it from "
            f"there into that file, without the lines' prefixes, store it with {store}, remove the file, then run the "
            "same command again. Without a whole copy, remove the file and run `streamflix destroy --sweep`, which "
            "finds what exists by name and tag.",
        )
    return StreamflixError(
        "STATE_UNSAVED",
        f"A run on `{workspace.suffix}` could not store its state, and left it in {path}.",
        hint=f"Store it with {store}, remove the file, then run the same command again.",
    )


def read_local(workspace: Workspace) -> State:
    """Returns what the local backend's state knows; `check_files` has passed."""
    return parse_state(workspace.state.read_bytes()) if workspace.state.exists() else State()
