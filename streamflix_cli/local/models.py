"""What the local cloud tells its callers, and what it writes down about itself."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

CONTROL_PLANE = "control-plane"
"""The part whose memory is the local account."""
PartState = Literal["running", "restarting", "stopped"]


class Record(BaseModel):
    """An immutable record."""

    model_config = ConfigDict(frozen=True)


class LocalCloud(Record):
    """A running local cloud.

    Attributes:
        endpoint: URL of every AWS service, as `http://127.0.0.1:40123`.
        instance_id: Changes whenever the control plane's memory was lost. What was deployed under
            another id is gone.
    """

    endpoint: str
    instance_id: str


class PartStatus(Record):
    """One process of the local cloud.

    Attributes:
        name: `CONTROL_PLANE`, `ecs-us-east-1` and so on.
        pid: Its process, None while it does not run.
        state: `restarting` while it waits to be started again after a crash.
        restarts: How often it crashed and was started again since `local up`.
        uptime_seconds: Since its last start; None while it does not run.
        log: Path of its log file.
        last_exit: How it last ended, None if it never did.
    """

    name: str
    pid: int | None
    state: PartState
    restarts: int
    uptime_seconds: int | None
    log: str
    last_exit: str | None


class EnvironmentStatus(Record):
    """An environment that was deployed to the local cloud.

    Attributes:
        name: Environment suffix.
        state: `gone` when the cloud that held it is down or has lost its memory.
    """

    name: str
    state: Literal["deployed", "gone"]


class LocalStatus(Record):
    """The local cloud as a whole.

    Attributes:
        endpoint: URL of every AWS service, None when the cloud is down.
        instance_id: See `LocalCloud`; None when the cloud is down.
        parts: Its processes.
        environments: What was deployed to it, by name.
    """

    endpoint: str | None
    instance_id: str | None
    parts: tuple[PartStatus, ...]
    environments: tuple[EnvironmentStatus, ...]


class ProcessRecord(Record):
    """A process that the local cloud started.

    Attributes:
        pid: Its id.
        token: Stands in its command line and in no other, so that a reused pid is never taken for it.
    """

    pid: int
    token: str


class PartRecord(Record):
    """What the supervisor writes down about a part.

    Attributes:
        since: Start of the process, seconds since the epoch.
    """

    name: str
    process: ProcessRecord | None
    state: PartState
    restarts: int
    since: float
    log: str
    last_exit: str | None


class CloudRecord(Record):
    """`cloud.json`: what the supervisor writes down on every change."""

    endpoint: str
    instance_id: str
    supervisor: ProcessRecord
    parts: tuple[PartRecord, ...]
