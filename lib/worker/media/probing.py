"""Looks at a source: what it holds, and whether it can be decoded."""

import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import Any, Literal

from lib.contracts.media import AudioStream, MediaInfo, SubtitleStream, VideoStream
from lib.worker.errors import RejectedError
from lib.worker.media.inspector import inspect
from lib.worker.media.process import MAX_PIXELS
from lib.worker.media.timing import frame_rate

MAX_SECONDS = 24 * 3600
STREAMED = frozenset({"mpegts", "mpeg"})
"""Containers without a clock that holds from start to end: joined recordings make it jump."""
MAX_JUMP_SECONDS = 10
LOST_SHARE = 0.02
"""Of the announced duration: rounding, and streams that end early, stay below it."""
ERROR_SHARE = 0.25
"""Of the sampled pictures; a scratch in a recording stays below it."""

# ITU-T H.273, by the names that FFmpeg has for them.
_PRIMARIES = {1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film", 9: "bt2020"}
_PRIMARIES |= {10: "smpte428", 11: "smpte431", 12: "smpte432", 22: "ebu3213"}
_TRANSFERS = {1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 8: "linear", 9: "log"}
_TRANSFERS |= {10: "log_sqrt", 11: "iec61966-2-4", 12: "bt1361e", 13: "iec61966-2-1", 14: "bt2020-10"}
_TRANSFERS |= {15: "bt2020-12", 16: "smpte2084", 17: "smpte428", 18: "arib-std-b67"}
_MATRICES = {0: "gbr", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "ycgco"}
_MATRICES |= {9: "bt2020nc", 10: "bt2020c"}
_RANGES = {1: "tv", 2: "pc"}
_HDR: dict[str | None, Literal["hdr10", "hlg"]] = {"smpte2084": "hdr10", "arib-std-b67": "hlg"}
_LANGUAGE = re.compile("[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
"""ISO 639-2, or BCP 47; what else a container says could mean something else in a playlist."""


def probe(path: Path, *, cancel: Event | None = None) -> MediaInfo:
    """Says what a file holds. All of it is read, none of it decoded but the first pictures.

    Raises:
        RejectedError: `EMPTY_FILE`, `NOT_A_VIDEO`, `NO_VIDEO_STREAM`, `TRUNCATED`, `UNDECODABLE_VIDEO`,
            `UNSUPPORTED_VIDEO`.
        RetryError: `ENCODER_STALLED`, `OUT_OF_MEMORY`, `ENCODER_FAILED` if the inspector does not start.
        CancelledError: `cancel` was set.
    """
    if path.stat().st_size == 0:
        raise RejectedError("EMPTY_FILE", "The file is empty.")
    found = inspect(path, "measure", cancel=cancel)
    if found["best"] is None:
        raise RejectedError("NO_VIDEO_STREAM", "The file has no picture.")
    best = next(one for one in found["streams"] if one["index"] == found["best"])
    if not best["decodable"]:
        raise RejectedError("UNSUPPORTED_VIDEO", "There is no decoder for the picture's codec.")
    if best["width"] * best["height"] > MAX_PIXELS:
        raise RejectedError("UNSUPPORTED_VIDEO", f"{best['width']}x{best['height']} is larger than 8K.")
    _check_complete(found, best)
    if not best["shown"] or found["picture"] is None:
        raise RejectedError("UNDECODABLE_VIDEO", "Not one picture can be decoded.")
    video = _video(best, found["picture"], interlaced=found["interlaced"])
    container = found["container"].split(",")[0]
    _check_supported(video, best, container)
    return MediaInfo(
        container=container,
        duration_seconds=video.duration_seconds,
        size_bytes=path.stat().st_size,
        video=video,
        audio=tuple(_audio(one) for one in found["streams"] if one["type"] == "audio"),
        subtitles=tuple(_subtitle(one) for one in found["streams"] if one["type"] == "subtitle"),
    )


def sanity_decode(path: Path, info: MediaInfo, *, cancel: Event | None = None) -> None:
    """Decodes some pictures at the start, in the middle and at the end.

    Raises:
        RejectedError: `UNDECODABLE_VIDEO`, or what `probe` may raise.
        RetryError: `ENCODER_STALLED`, `OUT_OF_MEMORY`, `ENCODER_FAILED`.
        CancelledError: `cancel` was set.
    """
    start, duration = info.video.start_time, info.duration_seconds
    places = [start, start + duration / 2, start + max(0.0, duration - 2)]
    samples = inspect(path, "sample", info.container, info.video.index, *places, cancel=cancel)["places"]
    frames, errors = (sum(sample[key] for sample in samples) for key in ("frames", "errors"))
    # A seek without an index may end up behind the last key frame: then there is neither a picture nor an error.
    unreadable = not samples[0]["frames"] or any(not one["frames"] and one["errors"] for one in samples)
    if unreadable or errors > ERROR_SHARE * (frames + errors):
        raise RejectedError("UNDECODABLE_VIDEO", f"Samples of the picture gave {errors} errors and {frames} pictures.")


def _check_complete(found: dict[str, Any], best: dict[str, Any]) -> None:
    announced, packets = best["announced_frames"], best["packets"]
    if found["container"].startswith("mov"):
        if announced > packets:
            raise RejectedError("TRUNCATED", f"The index names {announced} pictures, and the file holds {packets}.")
        return
    first = min((one["first"] for one in found["streams"] if one["first"] is not None), default=0)
    read = max((one["end"] for one in found["streams"]), default=0) - first
    seconds = found["seconds"] or 0
    if found["container"] not in STREAMED and seconds - read > max(1.0, LOST_SHARE * seconds):
        raise RejectedError("TRUNCATED", f"The file announces {seconds:.1f} seconds and holds {read:.1f}.")


def _check_supported(video: VideoStream, best: dict[str, Any], container: str) -> None:
    if video.hdr == "dv":
        raise RejectedError("UNSUPPORTED_VIDEO", "Dolby Vision without a picture for other players (profile 5).")
    if video.duration_seconds > MAX_SECONDS:
        raise RejectedError("UNSUPPORTED_VIDEO", f"{video.duration_seconds:.0f} seconds are more than a day.")
    longest = max((later - earlier for earlier, later in pairwise(best["shown"])), default=0)
    if container in STREAMED and longest * Fraction(video.time_base) > MAX_JUMP_SECONDS:
        raise RejectedError("UNSUPPORTED_VIDEO", "The recording's clock jumps: it was joined from several.")


def _video(one: dict[str, Any], picture: dict[str, Any], *, interlaced: bool) -> VideoStream:
    time_base = Fraction(one["time_base"])
    shown = one["shown"] = sorted(one["shown"])
    rate, variable = frame_rate(shown, time_base, [Fraction(announced) for announced in one["rates"]])
    last = max(0, one["last_duration"]) * time_base or 1 / rate
    transfer = _TRANSFERS.get(picture["transfer"])
    width, height = one["width"], one["height"]
    display = (max(1, round(width * Fraction(one["aspect"]))), height)
    rotation = picture["rotation"] % 360
    if rotation in {90, 270}:
        display = display[::-1]
    return VideoStream(
        index=one["index"],
        codec=one["codec"],
        profile=one["profile"],
        width=width,
        height=height,
        display_width=display[0],
        display_height=display[1],
        rotation=rotation,
        frame_rate=f"{rate.numerator}/{rate.denominator}",
        variable_rate=variable,
        frames=len(shown),
        duration_seconds=float((shown[-1] - shown[0]) * time_base + last) if variable else float(len(shown) / rate),
        time_base=str(time_base),
        start_time=float(shown[0] * time_base),
        field_order="interlaced" if interlaced else "progressive",
        pixel_format=picture["pixel_format"],
        bit_depth=picture["bit_depth"],
        colour_primaries=_PRIMARIES.get(picture["primaries"]),
        colour_transfer=transfer,
        colour_matrix=_MATRICES.get(picture["matrix"]),
        colour_range=_RANGES.get(picture["range"]),
        hdr="dv" if one["tag"] in {"dvh1", "dvhe"} and transfer is None else _HDR.get(transfer, "none"),
    )


def _audio(one: dict[str, Any]) -> AudioStream:
    if not one["decodable"] or one["first"] is None:
        return AudioStream(
            index=one["index"], codec=one["codec"], channels=0, layout="", sample_rate=0, decodable=False
        )
    return AudioStream(
        index=one["index"],
        codec=one["codec"],
        channels=one["channels"],
        layout=one["layout"],
        sample_rate=one["sample_rate"],
        language=_language(one),
        title=_title(one),
        default=one["default"],
        start_time=one["first"],
        duration_seconds=one["end"] - one["first"],
    )


def _subtitle(one: dict[str, Any]) -> SubtitleStream:
    return SubtitleStream(
        index=one["index"],
        codec=one["codec"],
        language=_language(one),
        title=_title(one),
        default=one["default"],
        forced=one["forced"],
    )


def _language(one: dict[str, Any]) -> str | None:
    language: str = one["language"]
    return language if language != "und" and _LANGUAGE.fullmatch(language) else None


def _title(one: dict[str, Any]) -> str | None:
    return "".join(character for character in one["title"] if character.isprintable()).strip() or None
