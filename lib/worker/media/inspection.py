"""A child process that opens a source with FFmpeg's libraries and writes what it found as one line of JSON.

It is run by path, contained (see `process`), and imports nothing of this package: it starts in a tenth of a
second, and whatever a hostile file does to it, it does to this process alone.

`inspection.py measure FD` reads all packets. `inspection.py sample FD DEMUXER STREAM_INDEX SECONDS…` decodes a
little at each of the given times. FD is an open file; a dot on a line of its own is a sign of life.
"""

import json
import math
import sys
import time
from typing import Any

import av

CONTAINERS = "mov,matroska,mpegts,mpeg,avi,flv,asf,mxf,ogg,wav,mp3,flac,aac"
"""Demuxers of single files. Those of playlists, scripts and pictures are left out: they open other files."""
LIFE_SECONDS = 5.0
FIRST_FRAMES = 12
"""Decoded to learn about interlacing: it is not marked on every picture."""
FIRST_PACKETS = 600
SAMPLE_FRAMES = 50
SAMPLE_PACKETS = 1000


def _open(descriptor: str, demuxers: str) -> Any:
    options = {"fd": descriptor, "protocol_whitelist": "fd", "format_whitelist": demuxers}
    return av.open("fd:", options=options, metadata_errors="replace")


def _say(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")


def _stream(stream: Any) -> dict[str, Any]:
    context = stream.codec_context
    disposition = av.stream.Disposition
    return {
        "index": stream.index,
        "type": stream.type,
        "codec": context.name if context else "unknown",
        "decodable": context is not None and stream.type in {"video", "audio"},
        "language": stream.metadata.get("language"),
        "title": stream.metadata.get("title"),
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
        "tag": context.codec_tag,
        "aspect": str(stream.sample_aspect_ratio or 1),
        "rates": [str(rate) for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate) if rate],
        "announced_frames": stream.frames,
        "key": None,
        "shown": [],
        "last": -math.inf,
        "last_duration": 0,
    }


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
    }


def measure(descriptor: str) -> None:
    """Describes container and streams, the time of every picture, and the first decoded pictures."""
    with _open(descriptor, CONTAINERS) as container:
        streams: dict[int, dict[str, Any]] = {}
        for stream in container.streams:
            found = streams[stream.index] = _stream(stream)
            if found["decodable"]:
                found |= _video(stream) if stream.type == "video" else _audio(stream)
        pictures = [one for one in streams.values() if one["type"] == "video" and not one["cover"]]
        best = max(pictures, key=lambda one: one.get("width", 0) * one.get("height", 0), default=None)
        seen: list[Any] = []
        alive = time.monotonic()
        for packet in container.demux():
            if time.monotonic() - alive > LIFE_SECONDS:
                alive = time.monotonic()
                sys.stdout.write(".\n")
                sys.stdout.flush()
            at = packet.dts if packet.pts is None else packet.pts
            one = streams[packet.stream_index]
            if at is None or packet.is_corrupt:
                continue
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
                "picture": _picture(seen[0]) if seen else None,
                "interlaced": any(frame.interlaced_frame for frame in seen),
            }
        )


def _picture_packet(packet: Any, at: int, one: dict[str, Any], seen: list[Any]) -> None:
    if one["key"] is None:
        if not packet.is_keyframe:
            return
        one["key"] = at
    # What comes before the first key frame, in decoding or in display order, cannot be decoded.
    if not packet.is_discard and at >= one["key"]:
        if at >= one["last"]:
            one["last"], one["last_duration"] = at, packet.duration or 0
        one["shown"].append(at)
    if len(seen) < FIRST_FRAMES and one["packets"] <= FIRST_PACKETS:
        seen += _decoded(packet.stream.codec_context, packet)[0]


def _decoded(context: Any, packet: Any) -> tuple[list[Any], int]:
    """Pictures of a packet, and how many errors there were."""
    try:
        frames = context.decode(packet)
    except (av.FFmpegError, EOFError):
        return [], 1
    return frames, sum(frame.is_corrupt for frame in frames)


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
            for packet in container.demux(stream):
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
    """Runs the command, and says `{"error": …}` if the file cannot be opened or read."""
    try:
        if arguments[0] == "measure":
            measure(arguments[1])
        else:
            sample(arguments[1], arguments[2], int(arguments[3]), [float(place) for place in arguments[4:]])
    except av.FFmpegError as error:
        _say({"error": str(error)})


if __name__ == "__main__":
    main(sys.argv[1:])
