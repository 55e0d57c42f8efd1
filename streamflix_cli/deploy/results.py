"""What the deploy commands return, and scripts rely on."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from streamflix_cli.deploy.planfile import Plan
from streamflix_cli.deploy.sweep import Leftover
from streamflix_cli.deploy.workspace import Target


class SynthResult(BaseModel):
    """Of `synth`.

    Attributes:
        path: The stack's JSON.
        resources: How many resources it declares.
    """

    environment: str
    path: str
    resources: int


class PlanResult(Plan):
    """Of `plan`.

    Attributes:
        obsolete: What bears a name of the stack, is unknown to the state and cannot be adopted: deleted beforehand.
    """

    environment: str
    target: Target
    obsolete: list[Leftover] = Field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return super().empty and not self.obsolete


class DeployResult(BaseModel):
    """Of `deploy`.

    Attributes:
        resources: How many resources are deployed.
        changed: How many of them this run created, adopted, updated or replaced, and deleted.
        outputs: Of the stack.
        seconds: How long applying took.
    """

    environment: str
    target: Target
    resources: int
    changed: int
    outputs: dict[str, Any]
    seconds: int


class DestroyResult(BaseModel):
    """Of `destroy`.

    Attributes:
        destroyed: How many resources were destroyed.
        leftovers: What still exists; empty is the proof that nothing does.
        swept: What `--sweep` deleted beyond the state.
    """

    environment: str
    target: Target
    destroyed: int
    leftovers: list[Leftover]
    swept: list[Leftover]


class HeldLock(BaseModel):
    """A lock on an environment that somebody holds, or that a killed run left.

    Attributes:
        kind: This machine's on the environment, or Terraform's on its state.
        place: The lock's file, or S3 object.
        id: Terraform's id of it.
        who: `user@host`.
        doing: The command, or Terraform's operation.
        since: When it was taken.
        age_seconds: How long ago that is.
        pids: The living processes of this machine that hold it; none if it was left behind, or is held elsewhere.
        elsewhere: It was taken on another machine, so that nobody here can know whether its holder lives.
    """

    kind: Literal["environment", "state"]
    place: str
    id: str | None
    who: str
    doing: str
    since: datetime
    age_seconds: int
    pids: list[int]
    elsewhere: bool


class UnlockResult(BaseModel):
    """Of `unlock`.

    Attributes:
        held: What is locked, or was until now.
        released: Whether that was released.
    """

    environment: str
    target: Target
    held: list[HeldLock]
    released: bool = False
