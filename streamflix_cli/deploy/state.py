"""Terraform's state: what is deployed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from streamflix_cli.deploy.workspace import Workspace
from streamflix_cli.errors import StreamflixError


@dataclass(frozen=True)
class State:
    """What the state knows.

    Attributes:
        resources: Address and attributes of every managed resource instance.
        outputs: Of the stack; sensitive ones are left out.
    """

    resources: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    outputs: dict[str, Any] = field(default_factory=dict)

    @property
    def addresses(self) -> list[str]:
        """The address of every resource instance."""
        return [address for address, _ in self.resources]

    def identifiers_of(self, type: str) -> frozenset[str]:
        """Every name, ARN and id of the resources of one Terraform type."""
        own = [attributes for address, attributes in self.resources if address.startswith(f"{type}.")]
        return frozenset(text for attributes in own for text in attributes.values() if isinstance(text, str))

    def ids(self) -> dict[str, str]:
        """Terraform's id of each address."""
        return {address: str(attributes.get("id")) for address, attributes in self.resources}


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
    resources = tuple(
        (_address(one, instance), instance.get("attributes") or {})
        for one in state.get("resources", [])
        if one["mode"] == "managed"
        for instance in one["instances"]
    )
    outputs = {name: one["value"] for name, one in state.get("outputs", {}).items() if not one.get("sensitive")}
    return State(resources, outputs)


def _address(resource: Mapping[str, Any], instance: Mapping[str, Any]) -> str:
    index = f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else ""
    return f"{resource['type']}.{resource['name']}{index}"


def check_files(workspace: Workspace) -> None:
    """Refuses to work on a state that an earlier run could not write whole. Nothing is changed.

    Raises:
        StreamflixError: `STATE_CORRUPT` or `STATE_UNSAVED`.
    """
    if workspace.unsaved_state.exists():
        raise unsaved(workspace)
    path = workspace.state
    backup = path.with_name(path.name + ".backup")
    try:
        # Terraform locks the file before it has written anything; killed then, it leaves it empty. Where there was
        # something before, there is a backup.
        if path.exists() and (path.stat().st_size or backup.exists()):
            parse_state(path.read_bytes() or b"null")
    except (OSError, ValueError, KeyError, TypeError) as error:
        last = f" Terraform's last backup is {backup}." if backup.exists() else ""
        raise StreamflixError(
            "STATE_CORRUPT",
            f"{path} is not a whole Terraform state: {error}.{last}",
            hint="Put a good copy in its place (nothing was changed). Without one, move it away and run the same "
            "command again: a deploy adopts what exists, `streamflix destroy --sweep` deletes it.",
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
            "same command again. Without a whole copy, remove the file: a deploy adopts what exists, `streamflix "
            "destroy --sweep` deletes it.",
        )
    return StreamflixError(
        "STATE_UNSAVED",
        f"A run on `{workspace.suffix}` could not store its state, and left it in {path}.",
        hint=f"Store it with {store}, remove the file, then run the same command again.",
    )


def read_local(workspace: Workspace) -> State:
    """Returns what the local backend's state knows; `check_files` has passed."""
    return parse_state(workspace.state.read_bytes()) if workspace.state.exists() else State()
