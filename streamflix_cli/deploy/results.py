"""What the deploy commands return, and scripts rely on."""

from typing import Any

from pydantic import BaseModel

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
    """Of `plan`."""

    environment: str
    target: Target


class DeployResult(BaseModel):
    """Of `deploy`.

    Attributes:
        resources: How many resources are deployed.
        changed: How many of them this run created, updated or replaced, and deleted.
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
