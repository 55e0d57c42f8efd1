"""The bitrate ladder: which renditions a video is encoded to."""

import hashlib
import json
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

VERSION_CHARACTERS = 12


class Rung(BaseModel):
    """One rendition of the ladder."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    height: Annotated[int, Field(ge=144, le=4320, multiple_of=2)]
    bitrate_kbps: Annotated[int, Field(ge=50, le=100_000)]
    max_bitrate_kbps: Annotated[int, Field(ge=50, le=200_000)]
    codec: Literal["h264", "hevc", "av1"] = "h264"


def ladder_version(ladder: Sequence[Rung]) -> str:
    """Names a ladder by its content: the same rungs have the same version, whoever computes it."""
    canonical = json.dumps([rung.model_dump() for rung in ladder], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:VERSION_CHARACTERS]
