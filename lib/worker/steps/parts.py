"""What encode tasks are given and report: stored as JSON with each task."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from lib.contracts.media import EncodedAudio, EncodedSubtitle, EncodedVideo, VideoRendition


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class VideoInput(_Model):
    """Encode the picture to these renditions."""

    kind: Literal["video"] = "video"
    renditions: tuple[VideoRendition, ...]


class AudioInput(_Model):
    """Encode every sound track, and take the subtitles out."""

    kind: Literal["audio"] = "audio"


class VideoParts(_Model):
    """The encoded picture.

    Attributes:
        prefix: Of its files in the processed bucket.
    """

    kind: Literal["video"] = "video"
    prefix: str
    video: EncodedVideo


class AudioParts(_Model):
    """The encoded sound and the subtitles.

    Attributes:
        prefix: Of their files in the processed bucket.
    """

    kind: Literal["audio"] = "audio"
    prefix: str
    audio: tuple[EncodedAudio, ...]
    subtitles: tuple[EncodedSubtitle, ...]


EncodeInput: TypeAdapter[VideoInput | AudioInput] = TypeAdapter(
    Annotated[VideoInput | AudioInput, Field(discriminator="kind")]
)
EncodedParts: TypeAdapter[VideoParts | AudioParts] = TypeAdapter(
    Annotated[VideoParts | AudioParts, Field(discriminator="kind")]
)
