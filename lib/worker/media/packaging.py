"""Packages what was encoded: one folder, one set of CMAF files, two manifests that refer into them."""

from collections.abc import Sequence
from pathlib import Path

from lib.contracts.media import EncodedAudio, EncodedSubtitle, EncodedVideo, Package, PackagedTrack
from lib.worker.media import dash, hls
from lib.worker.media.cmaf import Track, read_key_frames, read_track

NAME_CHARACTERS = 64


def package(
    video: EncodedVideo,
    audio: Sequence[EncodedAudio],
    subtitles: Sequence[EncodedSubtitle],
    *,
    parts: Path,
    folder: Path,
) -> Package:
    """Puts the encoded files into the published folder and writes both manifests; every reference is relative.

    Args:
        video: The rungs.
        audio: The sound tracks.
        subtitles: The subtitle tracks.
        parts: The folder with all of their files; they stay there, as hard links to the same bytes.
        folder: What is published, on the same file system; it exists and is empty.

    Raises:
        ValueError: A file is not as it was encoded.
    """
    names = [one.file for group in (video.renditions, audio, subtitles) for one in group]
    for name in names:
        (folder / name).hardlink_to(parts / name)
    files = {name: read_track(folder / name) for name in names if name.endswith(".mp4")}
    seconds = video.duration_seconds
    tracks = [*_videos(video, files), *_audios(audio, files), *_subtitles(subtitles, seconds)]
    for track in tracks:
        if track.kind == "subtitle":
            playlist = hls.subtitle_playlist(track.path, seconds)
        else:
            playlist = hls.media_playlist(track.path, files[track.path])
        (folder / track.playlist).write_text(playlist)
    videos = [track for track in tracks if track.kind == "video"]
    key_frames = {track.path: read_key_frames(folder / track.path, files[track.path]) for track in videos}
    for track in videos:
        playlist = hls.media_playlist(track.path, key_frames[track.path], key_frames_only=True)
        (folder / hls.key_frame_playlist_name(track)).write_text(playlist)
    published = Package(duration_seconds=seconds, tracks=tuple(tracks))
    (folder / published.master).write_text(hls.master_playlist(tracks, key_frames))
    (folder / published.manifest).write_bytes(dash.manifest(tracks, files, seconds))
    return published


def _videos(video: EncodedVideo, files: dict[str, Track]) -> list[PackagedTrack]:
    return [
        PackagedTrack(
            kind="video",
            name=rung.rendition.name,
            path=rung.file,
            bytes=rung.bytes,
            playlist=_playlist(rung.file),
            codec=files[rung.file].codec,
            bandwidth=files[rung.file].bandwidth,
            average_bandwidth=files[rung.file].average_bandwidth,
            duration_seconds=files[rung.file].seconds,
            width=rung.rendition.width,
            height=rung.rendition.height,
            frame_rate=video.frame_rate,
            frames=video.frames,
        )
        for rung in video.renditions
    ]


def _audios(audio: Sequence[EncodedAudio], files: dict[str, Track]) -> list[PackagedTrack]:
    names = _names([(one.title, one.language) for one in audio], "Audio")
    return [
        PackagedTrack(
            kind="audio",
            name=name,
            path=one.file,
            bytes=one.bytes,
            playlist=_playlist(one.file),
            codec=files[one.file].codec,
            bandwidth=files[one.file].bandwidth,
            average_bandwidth=files[one.file].average_bandwidth,
            duration_seconds=files[one.file].seconds,
            language=one.language,
            default=one.default,
        )
        for one, name in zip(audio, names, strict=True)
    ]


def _subtitles(subtitles: Sequence[EncodedSubtitle], seconds: float) -> list[PackagedTrack]:
    names = _names([(one.title, one.language) for one in subtitles], "Subtitles")
    bits = [round(8 * one.bytes / seconds) for one in subtitles]
    return [
        PackagedTrack(
            kind="subtitle",
            name=name,
            path=one.file,
            bytes=one.bytes,
            playlist=_playlist(one.file),
            codec="wvtt",
            bandwidth=max(1, rate),
            average_bandwidth=max(1, rate),
            duration_seconds=seconds,
            language=one.language,
            default=one.default,
            forced=one.forced,
        )
        for one, name, rate in zip(subtitles, names, bits, strict=True)
    ]


def _playlist(file: str) -> str:
    return str(Path(file).with_suffix(".m3u8"))


def _names(told: Sequence[tuple[str | None, str | None]], kind: str) -> list[str]:
    """What players show, unique: title, else language, else a number. A title is whatever the source says."""
    names: list[str] = []
    for number, (title, language) in enumerate(told, start=1):
        printable = "".join(character for character in title or "" if character.isprintable() and character != '"')
        name = printable.strip()[:NAME_CHARACTERS] or language or f"{kind} {number}"
        names.append(f"{name} ({number})" if name in names else name)
    return names
