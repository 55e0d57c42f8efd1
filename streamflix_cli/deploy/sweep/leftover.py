"""What is left of an environment."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Leftover(BaseModel):
    """A resource that still exists after its environment was destroyed."""

    model_config = ConfigDict(frozen=True)

    type: str
    """Resource type, as `sqs_queue`: the `type` of its prober."""
    id: str
    """ARN or name, whichever its service addresses it by."""
    found_by: Literal["tag", "name"]
    detail: str = ""
    """Its state, what it holds, or why it could not be deleted."""
