"""Writes the DASH manifest (ISO/IEC 23009-1, on-demand profile)."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from xml.etree import ElementTree as ET

from lib.contracts.media import PackagedTrack
from lib.worker.media.cmaf import Track
from lib.worker.media.video import SEGMENT_SECONDS

NAMESPACE = "urn:mpeg:dash:schema:mpd:2011"
_ROLE = "urn:mpeg:dash:role:2011"
_SWITCHING = "urn:mpeg:dash:adaptation-set-switching:2016"
"""Players may go from one set to the others (ISO/IEC 23009-1, 5.3.3.5): each holds the rungs of one codec."""
_CHANNELS = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"


def manifest(tracks: Sequence[PackagedTrack], files: Mapping[str, Track], seconds: float) -> bytes:
    """The manifest: each representation is one file, whose `sidx` tells its segments.

    Args:
        tracks: What is published.
        files: The CMAF files among them, by path.
        seconds: Duration of the picture.
    """
    root = ET.Element(
        "MPD",
        {
            "xmlns": NAMESPACE,
            "profiles": "urn:mpeg:dash:profile:isoff-on-demand:2011",
            "type": "static",
            "mediaPresentationDuration": f"PT{seconds:.6f}S",
            "minBufferTime": f"PT{SEGMENT_SECONDS}S",
        },
    )
    period = ET.SubElement(root, "Period", id="0", start="PT0S")
    videos = [track for track in tracks if track.kind == "video"]
    groups = [list(group) for _, group in groupby(videos, key=lambda track: track.codec.split(".")[0])]
    for number, group in enumerate(groups):
        adaptation = _adaptation(period, "video", "video/mp4")
        if len(groups) > 1:
            adaptation.set("id", str(number))
            others = ",".join(str(other) for other in range(len(groups)) if other != number)
            ET.SubElement(adaptation, "SupplementalProperty", schemeIdUri=_SWITCHING, value=others)
        for track in group:
            sizes = {"width": str(track.width), "height": str(track.height), "sar": "1:1"}
            representation = _representation(adaptation, track, {**sizes, "frameRate": track.frame_rate or ""})
            _segments(representation, files[track.path])
    for track in tracks:
        if track.kind == "audio":
            adaptation = _adaptation(period, "audio", "audio/mp4", track)
            ET.SubElement(adaptation, "Role", schemeIdUri=_ROLE, value="main" if track.default else "alternate")
            representation = _representation(adaptation, track, {"audioSamplingRate": "48000"})
            channels = ET.Element("AudioChannelConfiguration", schemeIdUri=_CHANNELS, value="2")
            representation.insert(0, channels)
            _segments(representation, files[track.path])
        elif track.kind == "subtitle":
            adaptation = _adaptation(period, "text", "text/vtt", track)
            role = "forced-subtitle" if track.forced else "subtitle"
            ET.SubElement(adaptation, "Role", schemeIdUri=_ROLE, value=role)
            _representation(adaptation, track, {})
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _adaptation(period: ET.Element, content: str, mime_type: str, track: PackagedTrack | None = None) -> ET.Element:
    attributes = {"contentType": content, "mimeType": mime_type}
    if content != "text":
        attributes |= {"subsegmentAlignment": "true", "subsegmentStartsWithSAP": "1"}
    if track and track.language:
        attributes["lang"] = track.language
    adaptation = ET.SubElement(period, "AdaptationSet", attributes)
    if track:
        ET.SubElement(adaptation, "Label").text = track.name
    return adaptation


def _representation(adaptation: ET.Element, track: PackagedTrack, more: Mapping[str, str]) -> ET.Element:
    codecs = {} if track.kind == "subtitle" else {"codecs": track.codec}
    attributes = {"id": track.path.split(".")[0], "bandwidth": str(track.bandwidth), **codecs, **more}
    representation = ET.SubElement(adaptation, "Representation", attributes)
    ET.SubElement(representation, "BaseURL").text = track.path
    return representation


def _segments(representation: ET.Element, track: Track) -> None:
    index = f"{track.header_size}-{track.header_size + track.index_size - 1}"
    base = ET.SubElement(representation, "SegmentBase", indexRange=index)
    ET.SubElement(base, "Initialization", range=f"0-{track.header_size - 1}")
