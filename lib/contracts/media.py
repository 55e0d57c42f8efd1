"""What is known about a video, and what was made of it. Stored as JSON with the job and its tasks."""

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

TEXT_SUBTITLES = frozenset({"ass", "mov_text", "srt", "ssa", "subrip", "text", "webvtt"})
"""Codecs of subtitles that are text, as FFmpeg calls their decoders (it has two of SubRip); others are pictures."""

VideoCodec = Literal["h264", "hevc", "av1"]

Rate = Annotated[str, Field(pattern=r"^[1-9][0-9]*/[1-9][0-9]*$")]
"""Frames a second, exact, as `30000/1001`."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class VideoStream(_Model):
    """The picture of a source.

    Attributes:
        index: Of the stream in its container.
        codec: As FFmpeg names it, `h264`.
        profile: Of the codec, `High`.
        width: Pixels as coded.
        height: Pixels as coded.
        display_width: Pixels after rotation, with square pixels.
        display_height: Pixels after rotation, with square pixels.
        rotation: Degrees, counter-clockwise, that a player turns the picture by: 0, 90, 180 or 270.
        frame_rate: The source's rate; for a variable one, the constant rate that it is conformed to.
        variable_rate: The frames do not lie on a grid of `frame_rate`.
        frames: Frames that a player shows: without those that an edit list hides.
        duration_seconds: From the first shown frame to the end of the last.
        time_base: Seconds in a tick, `1/12800`.
        start_time: Seconds, on the container's clock, of the first shown frame.
        field_order: `progressive` or `interlaced`.
        pixel_format: As FFmpeg names it, `yuv420p`.
        bit_depth: Bits in a sample.
        colour_primaries: As FFmpeg names it, `bt709`; None if unspecified.
        colour_transfer: As above.
        colour_matrix: As above.
        colour_range: `tv` or `pc`; None if unspecified.
        hdr: `dv` is Dolby Vision without a picture that other players could show.
    """

    index: int
    codec: str
    profile: str | None = None
    width: int
    height: int
    display_width: int
    display_height: int
    rotation: int = 0
    frame_rate: Rate
    variable_rate: bool = False
    frames: int
    duration_seconds: float
    time_base: str
    start_time: float = 0.0
    field_order: Literal["progressive", "interlaced"] = "progressive"
    pixel_format: str
    bit_depth: int = 8
    colour_primaries: str | None = None
    colour_transfer: str | None = None
    colour_matrix: str | None = None
    colour_range: str | None = None
    hdr: Literal["none", "hdr10", "hlg", "dv"] = "none"

    @property
    def conformed_frames(self) -> int:
        """Frames of every rendition: as many as are shown, at a variable rate as many as fill the duration."""
        if self.variable_rate:
            return max(1, round(self.duration_seconds * Fraction(self.frame_rate)))
        return self.frames


class AudioStream(_Model):
    """A sound track of a source.

    Attributes:
        index: Of the stream in its container.
        codec: As FFmpeg names it.
        channels: How many.
        layout: As FFmpeg names it, `5.1`.
        sample_rate: Hz.
        language: ISO 639-2, `eng`; None if it does not say.
        title: What the file calls it.
        default: The file marks it as the one to play.
        start_time: Seconds, on the container's clock.
        duration_seconds: Of the sound; it is cut or padded to the picture's.
        decodable: False for one without a decoder or without data: it is left out.
    """

    index: int
    codec: str
    channels: int
    layout: str
    sample_rate: int
    language: str | None = None
    title: str | None = None
    default: bool = False
    start_time: float = 0.0
    duration_seconds: float = 0.0
    decodable: bool = True


class SubtitleStream(_Model):
    """A subtitle track of a source.

    Attributes:
        index: Of the stream in its container.
        codec: As FFmpeg names it.
        language: ISO 639-2, `eng`; None if it does not say.
        title: What the file calls it.
        default: The file marks it as the one to show.
        forced: It is shown even to those who want no subtitles.
    """

    index: int
    codec: str
    language: str | None = None
    title: str | None = None
    default: bool = False
    forced: bool = False

    @property
    def text(self) -> bool:
        """Whether it can become WebVTT; bitmaps are left out of what is published."""
        return self.codec in TEXT_SUBTITLES


class MediaInfo(_Model):
    """A source, as it was probed.

    Attributes:
        container: FFmpeg's name of the demuxer, `mov`.
        duration_seconds: Of the picture, which rules: sound is cut or padded to it.
        size_bytes: Of the file.
        video: The picture with the most pixels; cover art is none.
        audio: In the container's order.
        subtitles: In the container's order.
    """

    container: str
    duration_seconds: float
    size_bytes: int
    video: VideoStream
    audio: tuple[AudioStream, ...] = ()
    subtitles: tuple[SubtitleStream, ...] = ()


class VideoRendition(_Model):
    """What a rung of the ladder becomes for one source.

    Attributes:
        name: After the rung, `720p`; unique within a job.
        width: Pixels, even.
        height: Pixels, even; less than the rung's where the picture is wider than 16:9.
    """

    name: str
    width: int
    height: int
    codec: VideoCodec
    bitrate_kbps: int
    max_bitrate_kbps: int


class EncodedRendition(_Model):
    """An encoded rung.

    Attributes:
        file: Name in the folder of encoded parts.
        bytes: Size of the file.
    """

    rendition: VideoRendition
    file: str
    bytes: int


class EncodedVideo(_Model):
    """All rungs of a picture, with the same frames and the same key frames.

    Attributes:
        renditions: Highest first.
        frame_rate: Constant, of all of them.
        frames: Of each of them.
        frames_per_segment: Frames from one key frame to the next.
        decode_errors: How often the source could not be decoded.
    """

    renditions: tuple[EncodedRendition, ...]
    frame_rate: Rate
    frames: int
    frames_per_segment: int
    decode_errors: int

    @property
    def duration_seconds(self) -> float:
        """Duration of the picture."""
        return float(self.frames / Fraction(self.frame_rate))


class EncodedAudio(_Model):
    """An encoded sound track: AAC-LC, 48 kHz, stereo.

    Attributes:
        file: Name in the folder of encoded parts.
        bytes: Size of the file.
        language: BCP 47, `en`; None if the source does not say.
        title: What the source calls it.
        default: The one to play; exactly one of a video's tracks.
        source_lufs: Integrated loudness of the source; None for silence.
        loudness_lufs: Integrated loudness of what was made of it; None for silence.
        true_peak_dbtp: Highest true peak of what was made of it; None for silence.
    """

    file: str
    bytes: int
    language: str | None = None
    title: str | None = None
    default: bool = False
    bitrate_kbps: int
    channels: int = 2
    source_lufs: float | None = None
    loudness_lufs: float | None = None
    true_peak_dbtp: float | None = None


class EncodedSubtitle(_Model):
    """A subtitle track as WebVTT.

    Attributes:
        file: Name in the folder of encoded parts.
        bytes: Size of the file.
        language: BCP 47, `en`; None if the source does not say.
        title: What the source calls it.
        default: The one to show to those who want subtitles.
        forced: It is shown even to those who want none.
    """

    file: str
    bytes: int
    language: str | None = None
    title: str | None = None
    default: bool = False
    forced: bool = False


class PackagedTrack(_Model):
    """A track of a published video.

    Attributes:
        name: `720p` for a picture, else what players show: title, language or number.
        path: Of the file that holds it, relative to the published folder.
        bytes: Size of that file.
        playlist: Its HLS media playlist, relative to the published folder.
        codec: As RFC 6381 names it, `avc1.64001f`; `wvtt` for WebVTT.
        bandwidth: Bits a second of its largest segment.
        average_bandwidth: Bits a second over its duration.
        duration_seconds: As its playlist says.
        default: Of sound and subtitles: the track to play unless somebody chooses another.
        forced: Of subtitles: they are shown even to those who want none.
    """

    kind: Literal["video", "audio", "subtitle"]
    name: str
    path: str
    bytes: int
    playlist: str
    codec: str
    bandwidth: int
    average_bandwidth: int
    duration_seconds: float
    language: str | None = None
    default: bool = False
    forced: bool = False
    width: int | None = None
    height: int | None = None
    frame_rate: Rate | None = None
    frames: int | None = None


class Package(_Model):
    """A published video: one folder, one set of CMAF files, an HLS and a DASH manifest over them.

    Attributes:
        master: HLS multivariant playlist, relative to the folder.
        manifest: DASH manifest, relative to the folder.
        duration_seconds: Of the picture.
        tracks: Pictures highest first, then sound, then subtitles.
    """

    master: str = "master.m3u8"
    manifest: str = "manifest.mpd"
    duration_seconds: float
    tracks: tuple[PackagedTrack, ...]


class FileChecksum(_Model):
    """A published file.

    Attributes:
        bytes: Its size.
        sha256: 64 hexadecimal digits.
    """

    bytes: int
    sha256: str
