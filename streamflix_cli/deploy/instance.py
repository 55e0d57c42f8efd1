"""The local cloud's memory is its state: what was deployed to an earlier instance is gone with it."""

from datetime import UTC, datetime

from pydantic import ValidationError

from streamflix_cli.deploy.cloud import Cloud
from streamflix_cli.deploy.workspace import Workspace
from streamflix_cli.local import InstanceRecord


def forget_lost(workspace: Workspace, cloud: Cloud) -> str | None:
    """Moves a state aside whose local cloud is gone, and records the present one.

    Returns:
        What to tell the user, if there was such a state.
    """
    record = workspace.folder / "cloud.json"
    current = InstanceRecord(instance_id=str(cloud.instance_id), region=cloud.region)
    told = None
    if workspace.state.exists() and _read(workspace) != current.instance_id:
        stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        for state in (workspace.state, workspace.state.with_name(workspace.state.name + ".backup")):
            if state.exists():
                archive = state.with_name(f"{state.name}.{stamp}.gone")
                state.rename(archive)
        told = (
            f"The local cloud that held `{workspace.suffix}` was restarted; the environment is gone with its memory. "
            f"Its old state was kept as {workspace.state.name}.{stamp}.gone; starting afresh."
        )
    record.write_text(current.model_dump_json())
    return told


def _read(workspace: Workspace) -> str | None:
    try:
        return InstanceRecord.model_validate_json((workspace.folder / "cloud.json").read_bytes()).instance_id
    except (FileNotFoundError, ValidationError):
        return None
