"""Clips made by ffmpeg for the tests: small, and with what each test needs."""

import subprocess
from pathlib import Path

import imageio_ffmpeg

SHARED = Path(__file__).parents[2] / "shared" / "media"
BIG_BUCK_BUNNY = SHARED / "bigbuckbunny.mp4"
"""5.3 s, 1280x720, 25 fps, AAC; beside the project on some machines only."""


def ffmpeg(*arguments: str | Path) -> bytes:
    """Runs ffmpeg to its end and returns what it wrote to standard output."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-nostdin", "-y", *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout


def make_clip(
    path: Path, *, size: str = "320x180", seconds: float = 2, rate: str = "25", tone: int | None = 440
) -> Path:
    """Writes a moving test picture, with a tone unless it is None."""
    video = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}:duration={seconds}"]
    audio = ["-f", "lavfi", "-i", f"sine=frequency={tone}:duration={seconds}:sample_rate=48000"] if tone else []
    ffmpeg(*video, *audio, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", path)
    return path


def decoded_frames(path: Path) -> int:
    """How many pictures ffmpeg decodes from a file or a playlist."""
    written = ffmpeg("-i", path, "-map", "0:v:0", "-f", "null", "-progress", "-", "-")
    frames = [line for line in written.decode().splitlines() if line.startswith("frame=")]
    return int(frames[-1].removeprefix("frame="))
