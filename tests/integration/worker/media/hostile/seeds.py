"""Tiny clips in every kind of container and codec that is common: sound files, from which hostile ones are made."""

from pathlib import Path

from tests.clips import ffmpeg

SUBTITLES = "1\n00:00:00,000 --> 00:00:00,500\n<i>Hello</i>\n"
CHAPTERS = ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=400\ntitle=One\n"
COVER = "color=red:size=32x32:rate=1:duration=1"

_PICTURE, _SOUND, _TEXT, _COVER = ("-map", "0"), ("-map", "1"), ("-map", "2"), ("-map", "3")
_H264 = (*_PICTURE, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
_AAC, _PCM = (*_SOUND, "-c:a", "aac"), (*_SOUND, "-c:a", "pcm_s16le")
_MPEG2 = (*_PICTURE, "-c:v", "mpeg2video", "-pix_fmt", "yuv420p")

CLIPS: dict[str, tuple[str, ...]] = {
    "h264.mp4": (*_H264, *_AAC),
    "fragmented.mp4": (*_H264, *_AAC, "-movflags", "+frag_keyframe+empty_moov+default_base_moof"),
    "hevc.mp4": (
        *(*_PICTURE, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:pools=1"),
        *(*_SOUND, "-c:a", "libmp3lame", *_TEXT, "-c:s", "mov_text", "-tag:v", "hvc1"),
    ),
    "cover.m4a": (*_AAC, *_COVER, "-c:v", "png", "-disposition:v", "attached_pic", "-f", "ipod"),
    "cover.mp4": (*_H264, *_AAC, *_COVER, "-c:v:1", "mjpeg", "-disposition:v:1", "attached_pic"),
    "prores.mov": (*_PICTURE, "-c:v", "prores_ks", *_PCM, "-movflags", "+faststart"),
    "mjpeg.mov": (*_PICTURE, "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", *_PCM),
    "subtitles.mkv": (*_H264, *_SOUND, "-c:a", "ac3", *_TEXT, "-c:s", "subrip", *_TEXT, "-c:s:1", "ass"),
    "ffv1.mkv": (*_PICTURE, "-c:v", "ffv1", *_SOUND, "-c:a", "flac"),
    "av1.mkv": (*_PICTURE, "-c:v", "libsvtav1", "-preset", "12", "-svtav1-params", "lp=1"),
    "vp9.webm": (*_PICTURE, "-c:v", "libvpx-vp9", "-deadline", "realtime", *_SOUND, "-c:a", "libopus"),
    "h264.ts": (*_H264, *_AAC),
    "mpeg2.ts": (*_MPEG2, *_SOUND, "-c:a", "mp2"),
    "mpeg2.mpg": (*_MPEG2, *_SOUND, "-c:a", "mp2"),
    "mpeg4.avi": (*_PICTURE, "-c:v", "mpeg4", *_SOUND, "-c:a", "libmp3lame"),
    "h264.flv": (*_H264, *_AAC),
    "wmv.asf": (*_PICTURE, "-c:v", "wmv2", *_SOUND, "-c:a", "wmav2"),
    "mpeg2.mxf": (*_MPEG2, *_PCM, "-ar", "48000"),
    "vp8.ogv": (*_PICTURE, "-c:v", "libvpx", "-deadline", "realtime", *_SOUND, "-c:a", "libopus", "-f", "ogg"),
    "sound.wav": _PCM,
    "sound.mp3": (*_SOUND, "-c:a", "libmp3lame"),
}
"""Options of each, by name."""


def make_seeds(folder: Path) -> dict[str, bytes]:
    """Makes all clips, the same bytes each time."""
    subtitles, chapters = folder / "text.srt", folder / "chapters.txt"
    subtitles.write_text(SUBTITLES)
    chapters.write_text(CHAPTERS)
    inputs: list[str | Path] = ["-f", "lavfi", "-i", "testsrc2=size=96x64:rate=25:duration=0.8"]
    inputs += ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=0.8", "-i", subtitles]
    inputs += ["-f", "lavfi", "-i", COVER, "-f", "ffmetadata", "-i", chapters]
    outputs: list[str | Path] = []
    for name, options in CLIPS.items():
        outputs += [*options, "-threads", "1", "-map_chapters", "4", "-fflags", "+bitexact"]
        outputs += ["-flags:v", "+bitexact", "-flags:a", "+bitexact", folder / name]
    ffmpeg(*inputs, *outputs)
    return {name: (folder / name).read_bytes() for name in CLIPS}
