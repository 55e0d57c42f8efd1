"""A child process that opens a source with FFmpeg's libraries and writes what it found as one line of JSON.

It is run by path, contained (see `process`), and imports nothing of this package: it starts in a tenth of a
second, and whatever a hostile file does to it, it does to this process alone.

`inspection.py measure FD` reads all packets. `inspection.py sample FD DEMUXER STREAM_INDEX SECONDS…` decodes a
little at each of the given times. FD is an open file; a dot on a line of its own is a sign of life. Where there is
nothing to say about the video, it says `{"failed": …}`: what failed (see `Failed`), and in `error` FFmpeg's words.
"""

import json
import math
import os
import sys
import time
from collections.abc import Iterator
from typing import Any, Literal

import av

CONTAINERS = "mov,matroska,mpegts,mpeg,avi,flv,asf,mxf,ogg,wav,mp3,flac,aac"
"""Demuxers of single files. Those of playlists, scripts and pictures are left out: they open other files."""
MAX_PIXELS = 8192 * 4320
"""As in `process`; a decoder refuses what is larger, whatever the container says."""
MAX_PICTURES = 24 * 3600 * 60
"""A day of them; each is remembered."""
LIFE_SECONDS = 5.0
FIRST_FRAMES = 12
"""Decoded to learn about interlacing: it is not marked on every picture."""
FIRST_PACKETS = 600
SAMPLE_FRAMES = 50
SAMPLE_PACKETS = 1000
TITLE_CHARACTERS = 200

Failed = Literal["open", "read", "memory", "pictures"]
"""It is in no known container, or the container's index is missing; it cannot be read to its end; it takes more
memory than there is; it holds more than `MAX_PICTURES`, or more packets than bytes."""


class FailedError(Exception):
    """Nothing can be said about the video.

    Attributes:
        failed: What failed.
    """

    def __init__(self, failed: Failed, error: object = "") -> None:
        super().__init__(str(error))
        self.failed = failed


def _open(descriptor: str, demuxers: str) -> Any:
    options = {"fd": descriptor, "protocol_whitelist": "fd", "format_whitelist": demuxers}
    try:
        container = av.open("fd:", options=options, metadata_errors="replace")
    except MemoryError:
        raise
    except av.FFmpegError as error:
        raise FailedError("open", error) from error
    for stream in container.streams:
        if stream.codec_context is not None:
            stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    return container


def _say(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")


def _packets(container: Any, stream: Any = None) -> Iterator[Any]:
    """All packets, with signs of life between them. Damage that the demuxer does not get beyond ends them."""
    alive = time.monotonic()
    try:
        for packet in container.demux(stream):
            if time.monotonic() - alive > LIFE_SECONDS:
                alive = time.monotonic()
                sys.stdout.write(".\n")
                sys.stdout.flush()
            yield packet
    except MemoryError:
        raise
    except av.FFmpegError:
        return
    except IndexError:
        # A track that began on the way: PyAV passes over its packets, and fails when it takes leave of it at the end.
        return


def _stream(stream: Any) -> dict[str, Any]:
    context = stream.codec_context
    disposition = av.stream.Disposition
    return {
        "index": stream.index,
        "type": stream.type,
        "codec": context.name if context else "unknown",
        "decodable": context is not None and stream.type in {"video", "audio"},
        "language": stream.metadata.get("language", "")[:TITLE_CHARACTERS],
        "title": stream.metadata.get("title", "")[:TITLE_CHARACTERS],
        "default": bool(stream.disposition & disposition.default),
        "forced": bool(stream.disposition & disposition.forced),
        "cover": bool(stream.disposition & disposition.attached_pic),
        "time_base": str(stream.time_base or "1/1000"),
        "packets": 0,
        "first": None,
        "end": 0.0,
    }


def _video(stream: Any) -> dict[str, Any]:
    context = stream.codec_context
    return {
        "width": context.width,
        "height": context.height,
        "profile": context.profile,
        "tag": _tag(context),
        "aspect": str(stream.sample_aspect_ratio or 1),
        "rates": [str(rate) for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate) if rate],
        "announced_frames": stream.frames,
        "key": None,
        "shown": [],
        "last": -math.inf,
        "last_duration": 0,
    }


def _tag(context: Any) -> str:
    """Four characters, which in a damaged file are none."""
    try:
        return str(context.codec_tag)
    except UnicodeDecodeError:
        return ""


def _audio(stream: Any) -> dict[str, Any]:
    context = stream.codec_context
    return {
        "channels": context.channels,
        "layout": context.layout.name,
        "sample_rate": context.sample_rate,
    }


def _picture(frame: Any) -> dict[str, Any]:
    return {
        "pixel_format": frame.format.name,
        "bit_depth": max(component.bits for component in frame.format.components),
        "rotation": frame.rotation,
        "primaries": int(frame.color_primaries),
        "transfer": int(frame.color_trc),
        "matrix": int(frame.colorspace),
        "range": int(frame.color_range),
        "interlaced": bool(frame.interlaced_frame),
    }


def measure(descriptor: str) -> None:
    """Describes container and streams, the time of every picture, and the first decoded pictures."""
    left = os.fstat(int(descriptor)).st_size
    with _open(descriptor, CONTAINERS) as container:
        streams: dict[int, dict[str, Any]] = {}
        for stream in container.streams:
            found = streams[stream.index] = _stream(stream)
            if found["decodable"]:
                found |= _video(stream) if stream.type == "video" else _audio(stream)
        pictures = [one for one in streams.values() if one["type"] == "video" and not one["cover"]]
        best = max(pictures, key=lambda one: one.get("width", 0) * one.get("height", 0), default=None)
        seen: list[dict[str, Any]] = []
        for packet in _packets(container):
            at = packet.dts if packet.pts is None else packet.pts
            one = streams[packet.stream_index]
            if at is None or packet.is_corrupt:
                continue
            # An index of a few bytes can announce any number of packets without content.
            left -= 1
            if left < 0:
                raise FailedError("pictures")
            one["packets"] += 1
            if one is best and one["decodable"]:
                _picture_packet(packet, at, one, seen)
            if not packet.is_discard:
                seconds = float(at * packet.time_base)
                one["first"] = seconds if one["first"] is None else min(one["first"], seconds)
                one["end"] = max(one["end"], seconds + float((packet.duration or 0) * packet.time_base))
        if best and best["decodable"] and len(seen) < FIRST_FRAMES:
            seen += _decoded(container.streams[best["index"]].codec_context, None)[0]
        _say(
            {
                "container": container.format.name,
                "seconds": container.duration / av.time_base if container.duration else None,
                "streams": list(streams.values()),
                "best": best and best["index"],
                "picture": seen[0] if seen else None,
                "interlaced": any(picture["interlaced"] for picture in seen),
            }
        )


def _picture_packet(packet: Any, at: int, one: dict[str, Any], seen: list[dict[str, Any]]) -> None:
    if one["key"] is None:
        if not packet.is_keyframe:
            return
        one["key"] = at
    # What comes before the first key frame, in decoding or in display order, cannot be decoded.
    if not packet.is_discard and at >= one["key"]:
        if at >= one["last"]:
            one["last"], one["last_duration"] = at, packet.duration or 0
        one["shown"].append(at)
        if len(one["shown"]) > MAX_PICTURES:
            raise FailedError("pictures")
    if len(seen) < FIRST_FRAMES and one["packets"] <= FIRST_PACKETS:
        seen += _decoded(packet.stream.codec_context, packet)[0]


def _decoded(context: Any, packet: Any) -> tuple[list[dict[str, Any]], int]:
    """The pictures of a packet, described, and how many errors there were."""
    try:
        frames = context.decode(packet)
    except MemoryError:
        raise
    except (av.FFmpegError, EOFError):
        return [], 1
    return [_picture(frame) for frame in frames], sum(frame.is_corrupt for frame in frames)


def sample(descriptor: str, demuxer: str, index: int, places: list[float]) -> None:
    """Counts pictures and errors at each place, from a key frame on."""
    found = []
    with _open(descriptor, demuxer) as container:
        stream = container.streams[index]
        for place in places:
            frames = errors = packets = 0
            container.seek(int(place / stream.time_base), stream=stream)
            stream.codec_context.flush_buffers()
            begun = False
            for packet in _packets(container, stream):
                begun = begun or packet.is_keyframe
                if not begun:
                    continue
                pictures, failed = _decoded(stream.codec_context, packet)
                frames, errors, packets = frames + len(pictures), errors + failed, packets + 1
                if frames >= SAMPLE_FRAMES or packets >= SAMPLE_PACKETS:
                    break
            found.append({"frames": frames, "errors": errors})
    _say({"places": found})


def main(arguments: list[str]) -> None:
    """Runs the command."""
    try:
        if arguments[0] == "measure":
            measure(arguments[1])
        else:
            sample(arguments[1], arguments[2], int(arguments[3]), [float(place) for place in arguments[4:]])
    except FailedError as error:
        _say({"failed": error.failed, "error": str(error)})
    except MemoryError:
        _say({"failed": "memory"})
    except (av.FFmpegError, ArithmeticError, ValueError) as error:
        # Beside FFmpeg's own errors: numbers that overflow what FFmpeg takes, and text that is none.
        _say({"failed": "read", "error": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    main(sys.argv[1:])
