"""Encodes the picture: one decode, all rungs, one command."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil
from pathlib import Path
from threading import Event

from lib.contracts.media import EncodedRendition, EncodedVideo, MediaInfo, VideoCodec, VideoRendition, VideoStream
from lib.worker.errors import RejectedError
from lib.worker.media.process import Input, Log, UnreadableError, run_ffmpeg

SEGMENT_SECONDS = 2
"""Least distance of key frames, which all rungs have in common: players switch and seek there."""
MAX_ERROR_SHARE = 0.1
CMAF = "+cmaf+dash+delay_moov+frag_keyframe+global_sidx+skip_trailer"
"""A fragment per key frame, and an index of them at the file's start; both manifests refer into that one file.

`delay_moov` makes an edit list out of the delay of reordered pictures. Negative composition offsets would do
without, but FFmpeg's own demuxer then shifts the picture against the sound."""

WHITE_NITS = 203
HIGHLIGHT_NITS = 1000

_SD_LINES = 576
_KNOWN_MATRICES = {"bt709": "bt709", "smpte170m": "bt601", "bt470bg": "bt601", "smpte240m": "smpte240m", "fcc": "fcc"}
_BT709 = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"


def encode_video(
    source: Path,
    info: MediaInfo,
    renditions: Sequence[VideoRendition],
    folder: Path,
    *,
    threads: int,
    progress: Callable[[float], None],
    cancel: Event,
) -> EncodedVideo:
    """Encodes all rungs in one command, from one decode.

    The renditions have a constant frame rate, begin at 0 with the source's first shown picture, and have exactly
    `conformed_frames` pictures: upright, progressive, with square pixels, 8 bit 4:2:0, BT.709.

    Args:
        source: The file.
        info: Of it.
        renditions: What to encode.
        folder: Where the files are written.
        threads: CPUs to use.
        progress: Told the share done, 0 to 1, at most twice a second, from this thread.
        cancel: Ends the work within 5 seconds.

    Raises:
        RejectedError: `UNDECODABLE_VIDEO`, `TRUNCATED`.
        RetryError: `ENCODER_FAILED`, `ENCODER_STALLED`, `OUT_OF_MEMORY`, `DISK_FULL`.
        CancelledError: `cancel` was set.
    """
    video = info.video
    frames = video.conformed_frames
    frames_per_segment = ceil(SEGMENT_SECONDS * Fraction(video.frame_rate))
    files = [f"video-{rendition.name}.mp4" for rendition in renditions]
    arguments = ["-filter_complex_threads", str(threads), "-filter_complex", _graph(video, renditions)]
    for number, (rendition, file) in enumerate(zip(renditions, files, strict=True)):
        arguments += ["-map", f"[rung{number}]", *_encoder(rendition, frames_per_segment)]
        arguments += ["-threads", str(threads), "-fps_mode", "passthrough", "-frames:v", str(frames)]
        arguments += ["-map_metadata", "-1", "-movflags", CMAF, "-f", "mp4", file]
    decoding = ("-copyts", "-threads", str(threads), "-max_error_rate", str(MAX_ERROR_SHARE))
    try:
        log = run_ffmpeg(
            [Input(source, info.container, decoding)],
            arguments,
            folder=folder,
            cancel=cancel,
            progress=lambda so_far: progress(min(1.0, so_far.seconds / info.duration_seconds)),
        )
    except UnreadableError as error:
        raise RejectedError("UNDECODABLE_VIDEO", "More than a tenth of the picture cannot be decoded.") from error
    written = int(log.progress.get("frame", "0"))
    if written < frames:
        raise RejectedError("TRUNCATED", f"The picture ends after {written} of {frames} frames.")
    return EncodedVideo(
        renditions=tuple(
            EncodedRendition(rendition=rendition, file=file, bytes=(folder / file).stat().st_size)
            for rendition, file in zip(renditions, files, strict=True)
        ),
        frame_rate=video.frame_rate,
        frames=frames,
        frames_per_segment=frames_per_segment,
        decode_errors=_decode_errors(log),
    )


def _graph(video: VideoStream, renditions: Sequence[VideoRendition]) -> str:
    """The filters: picture repairs once, then a scaler for each rung."""
    rate = Fraction(video.frame_rate)
    # Half a second of the last picture makes up for a last one that lasts too short for its place on the grid.
    steps = [
        f"setpts=round(PTS-{video.start_time!r}/TB)",
        f"fps={video.frame_rate}:start_time=0",
        f"tpad=stop={ceil(rate / 2)}:stop_mode=clone",
    ]
    if video.field_order == "interlaced":
        steps.insert(1, "bwdif=mode=send_frame:deint=interlaced")
    wide = video.hdr != "none" or video.colour_primaries == "bt2020"
    if wide:
        top = renditions[0]
        steps += _to_sdr(video, top.width, top.height)
    splits = "".join(f"[split{number}]" for number in range(len(renditions)))
    chains = [f"[0:{video.index}]{','.join(steps)},split={len(renditions)}{splits}"]
    matrix = "bt709" if wide else _KNOWN_MATRICES.get(video.colour_matrix or "", _usual_matrix(video))
    for number, rendition in enumerate(renditions):
        scale = f"scale={rendition.width}:{rendition.height}:flags=bicubic"
        colour = f"in_color_matrix={matrix}:out_color_matrix=bt709:out_range=tv"
        chains.append(f"[split{number}]{scale}:{colour},format=yuv420p,setsar=1,{_BT709}[rung{number}]")
    return ";".join(chains)


def _usual_matrix(video: VideoStream) -> str:
    """What an untagged picture has by convention: BT.601 in standard definition, BT.709 above."""
    return "bt601" if min(video.display_width, video.display_height) <= _SD_LINES else "bt709"


def _to_sdr(video: VideoStream, width: int, height: int) -> list[str]:
    """Maps HDR and BT.2020 to BT.709 in linear light, at the size of the highest rung.

    Reference white lies at 203 nits (ITU-R BT.2408); a Möbius curve leaves what is dark as it is and rolls off
    what is brighter, up to the 1,000 nits that most masters keep to.
    """
    transfer = video.colour_transfer or "bt709"
    given = f"tin={transfer}:pin={video.colour_primaries or 'bt2020'}:min={video.colour_matrix or 'bt2020nc'}"
    tonemap = [f"tonemap=mobius:desat=0:peak={HIGHLIGHT_NITS / WHITE_NITS:.3f}"] if video.hdr != "none" else []
    return [
        f"zscale=w={width}:h={height}:{given}:t=linear:npl={WHITE_NITS}",
        "format=gbrpf32le",
        "zscale=p=bt709",
        *tonemap,
        "zscale=t=bt709:m=bt709:r=limited",
        "format=yuv420p",
    ]


def _encoder(rendition: VideoRendition, frames_per_segment: int) -> list[str]:
    """Encoder, rate control and closed groups of pictures of equal length, so that key frames of all rungs align."""
    rate = [
        *("-b:v", f"{rendition.bitrate_kbps}k", "-maxrate", f"{rendition.max_bitrate_kbps}k"),
        *("-bufsize", f"{2 * rendition.max_bitrate_kbps}k"),
    ]
    closed = f"keyint={frames_per_segment}:min-keyint={frames_per_segment}:scenecut=0:open-gop=0"
    encoders: dict[VideoCodec, list[str]] = {
        "h264": ["libx264", "-preset", "veryfast", "-profile:v", "high", "-x264-params", closed, *rate],
        "hevc": ["libx265", "-preset", "fast", "-tag:v", "hvc1", "-x265-params", f"{closed}:log-level=1", *rate],
        # SVT-AV1 caps the rate only together with a quality, so the average alone rules.
        "av1": ["libsvtav1", "-preset", "8", "-g", str(frames_per_segment), "-svtav1-params", "scd=0", *rate[:2]],
    }
    return ["-c:v", *encoders[rendition.codec]]


def _decode_errors(log: Log) -> int:
    """Errors that ffmpeg counts for the input, and pictures that it mended."""
    failed = sum(int(before.split()[-1]) for line in log.said for before in line.split(" decode errors")[:-1])
    return failed + log.corrupt_frames
