"""What an encoder says when disk or memory runs out is told apart from a video that it cannot encode."""

from pathlib import Path
from threading import Event

import pytest

from lib.worker.errors import CancelledError, RetryError
from lib.worker.media import checksums, process
from lib.worker.media.process import Input, failure, run_ffmpeg
from tests.clips import make_clip

MIB = 1024 * 1024
FULL = "/dev/full"
"""The kernel answers a write to it as one to a full volume."""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "large.mp4", size="3840x2160", seconds=0.4, tone=None)


def encode(source: Path, output: str, folder: Path) -> None:
    arguments = ["-c:v", "libx264", "-preset", "ultrafast", "-f", "mp4", output]
    run_ffmpeg([Input(source, "mov")], arguments, folder=folder, cancel=Event())


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=1, tone=None)
    with pytest.raises(RetryError) as caught:
        encode(clip, FULL, tmp_path)
    assert caught.value.code == "DISK_FULL", caught.value


@pytest.mark.parametrize("mebibytes", [24, 64, 128, 192, 256])
def test_an_encoder_without_enough_memory_says_so_at_once(
    large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mebibytes: int
) -> None:
    monkeypatch.setattr(process, "memory_limit", lambda: mebibytes * MIB)
    monkeypatch.setattr(process, "STALL_SECONDS", 10.0)
    with pytest.raises(RetryError) as caught:
        encode(large, "out.mp4", tmp_path)
    assert caught.value.code == "OUT_OF_MEMORY", caught.value


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        (1, "[out#0/mp4] [error] Error writing trailer: Disk quota exceeded", "DISK_FULL"),
        (1, "[out#0/mp4] [error] Error writing trailer: No space left on device", "DISK_FULL"),
        (-9, "", "OUT_OF_MEMORY"),
        (1, "[vf#0:0] [error] Error while filtering: Cannot allocate memory", "OUT_OF_MEMORY"),
        (1, "[enc] [error] Error while opening encoder", "ENCODER_FAILED"),
    ],
)
def test_what_ran_out_is_read_from_how_a_child_ended(status: int, said: str, code: str) -> None:
    assert failure(status, [said]).code == code


def test_checksums_stop_when_they_are_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    cancel = Event()
    assert checksums(tmp_path, cancel=cancel)["file"].bytes == 1
    cancel.set()
    with pytest.raises(CancelledError):
        checksums(tmp_path, cancel=cancel)
