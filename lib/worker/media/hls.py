"""Writes HLS playlists (RFC 8216 and its second edition), as Apple's HLS authoring specification wants them."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from lib.contracts.media import PackagedTrack
from lib.worker.media.cmaf import Track

AUDIO_GROUP = "audio"
SUBTITLES_GROUP = "subtitles"


def media_playlist(file: str, track: Track, *, key_frames_only: bool = False) -> str:
    """The segments of one CMAF file, as ranges of its bytes."""
    kind = "#EXT-X-I-FRAMES-ONLY" if key_frames_only else "#EXT-X-INDEPENDENT-SEGMENTS"
    lines = [*_head(max(segment.seconds for segment in track.segments)), kind]
    lines.append(f'#EXT-X-MAP:URI="{file}",BYTERANGE="{track.header_size}@0"')
    for segment in track.segments:
        lines += [f"#EXTINF:{float(segment.seconds):.6f},", f"#EXT-X-BYTERANGE:{segment.size}@{segment.offset}", file]
    return _text([*lines, "#EXT-X-ENDLIST"])


def subtitle_playlist(file: str, seconds: float) -> str:
    """A whole WebVTT file as one segment."""
    return _text([*_head(Fraction(seconds)), f"#EXTINF:{seconds:.6f},", file, "#EXT-X-ENDLIST"])


def key_frame_playlist_name(video: PackagedTrack) -> str:
    """Of the playlist of a picture's key frames, which players show while somebody scans or scrubs."""
    return video.playlist.replace(".m3u8", "-iframes.m3u8")


def master_playlist(tracks: Sequence[PackagedTrack], key_frames: Mapping[str, Track]) -> str:
    """The multivariant playlist.

    Args:
        tracks: What is published.
        key_frames: The key frames of the pictures among them, by path.
    """
    videos, audios, subtitles = (
        [track for track in tracks if track.kind == kind] for kind in ("video", "audio", "subtitle")
    )
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    lines += [_rendition(track, f'AUDIO,GROUP-ID="{AUDIO_GROUP}"', 'CHANNELS="2"') for track in audios]
    lines += [
        _rendition(track, f'SUBTITLES,GROUP-ID="{SUBTITLES_GROUP}"', f"FORCED={_yes(track.forced)}")
        for track in subtitles
    ]
    for video in videos:
        others = [audios, subtitles]
        bandwidth = video.bandwidth + sum(max((one.bandwidth for one in group), default=0) for group in others)
        average = video.average_bandwidth + sum(
            max((one.average_bandwidth for one in group), default=0) for group in others
        )
        codecs = ",".join(dict.fromkeys(one.codec for one in [video, *audios, *subtitles]))
        attributes = [f"BANDWIDTH={bandwidth}", f"AVERAGE-BANDWIDTH={average}", f'CODECS="{codecs}"']
        attributes.append(f"RESOLUTION={video.width}x{video.height}")
        attributes.append(f"FRAME-RATE={float(Fraction(video.frame_rate or 0)):.3f}")
        attributes += [f'AUDIO="{AUDIO_GROUP}"'] if audios else []
        attributes += [f'SUBTITLES="{SUBTITLES_GROUP}"'] if subtitles else []
        lines += [f"#EXT-X-STREAM-INF:{','.join(attributes)},CLOSED-CAPTIONS=NONE", video.playlist]
    lines += [_key_frames(video, key_frames[video.path]) for video in videos]
    return _text(lines)


def _key_frames(video: PackagedTrack, track: Track) -> str:
    rates = f"BANDWIDTH={track.bandwidth},AVERAGE-BANDWIDTH={track.average_bandwidth}"
    picture = f'CODECS="{video.codec}",RESOLUTION={video.width}x{video.height}'
    return f'#EXT-X-I-FRAME-STREAM-INF:{rates},{picture},URI="{key_frame_playlist_name(video)}"'


def _rendition(track: PackagedTrack, group: str, more: str) -> str:
    language = [f'LANGUAGE="{track.language}"'] if track.language else []
    attributes = [f"TYPE={group}", f'NAME="{track.name}"', *language, f"DEFAULT={_yes(track.default)}"]
    return f'#EXT-X-MEDIA:{",".join(attributes)},AUTOSELECT=YES,{more},URI="{track.playlist}"'


def _yes(value: bool) -> str:
    return "YES" if value else "NO"


def _head(longest: Fraction) -> list[str]:
    # No segment may be longer than this when it is rounded to whole seconds (RFC 8216, 4.3.3.1).
    duration = f"#EXT-X-TARGETDURATION:{max(1, int(longest + Fraction(1, 2)))}"
    return ["#EXTM3U", "#EXT-X-VERSION:7", duration, "#EXT-X-MEDIA-SEQUENCE:0", "#EXT-X-PLAYLIST-TYPE:VOD"]


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"
