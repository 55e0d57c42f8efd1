"""A child ends when it is told to, cannot hang, and says why it failed."""

import signal
import time
from pathlib import Path
from threading import Event, Timer

import pytest

from lib.contracts.errors import FailureCode
from lib.worker.errors import CancelledError, RetryError
from lib.worker.media import encode_video, plan_renditions, probe, process, verify
from lib.worker.media.process import Input, failure, run_contained, run_ffmpeg
from tests.clips import make_clip
from tests.integration.worker.media.conftest import LADDER, Publish


def test_cancelling_ends_the_encoder_at_once(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "film.mp4", size="1280x720", seconds=20)
    info, cancel, shares = probe(source), Event(), list[float]()
    timer = Timer(0.5, cancel.set)
    timer.start()
    begun = time.monotonic()
    with pytest.raises(CancelledError):
        encode_video(
            source,
            info,
            plan_renditions(info, LADDER),
            tmp_path,
            threads=1,
            progress=shares.append,
            cancel=cancel,
        )
    assert time.monotonic() - begun < 5
    assert max(shares, default=0) < 1


@pytest.mark.parametrize("ignoring", ["", "trap '' TERM; "])
def test_a_child_without_progress_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ignoring: str) -> None:
    monkeypatch.setattr(process, "STALL_SECONDS", 0.5)
    heard: list[str] = []

    def read(line: str) -> bool:
        heard.append(line)
        return False

    begun = time.monotonic()
    command = ["/bin/sh", "-c", f"{ignoring}echo $$; while :; do echo still here; sleep 0.1; done"]
    with pytest.raises(RetryError) as caught:
        run_contained(command, descriptors=[], folder=tmp_path, cancel=Event(), read=read)
    assert caught.value.code == "ENCODER_STALLED"
    assert time.monotonic() - begun < 5
    assert not Path(f"/proc/{heard[0]}").exists()


def test_a_child_has_limits_and_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIT_KEY", "secret")
    heard: list[str] = []

    def read(line: str) -> bool:
        heard.append(line)
        return True

    command = ["/bin/sh", "-c", "sleep 0.3; ulimit -d; ulimit -t; env"]
    assert run_contained(command, descriptors=[], folder=tmp_path, cancel=Event(), read=read) == 0
    assert heard[0].isdigit()
    assert heard[1] == str(process.CPU_SECONDS)
    assert not [line for line in heard if "AUDIT_KEY" in line]


def test_an_input_is_read_by_the_demuxer_that_was_probed(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "film.mkv")
    with pytest.raises(RetryError) as caught:
        run_ffmpeg([Input(source, "mov")], ["-f", "null", "-"], folder=tmp_path, cancel=Event())
    assert caught.value.code == "ENCODER_FAILED"
    assert "status" in caught.value.reason


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        (228, "[error] av_interleaved_write_frame(): No space left on device", "DISK_FULL"),
        (244, "[error] Cannot allocate memory", "OUT_OF_MEMORY"),
        (-signal.SIGKILL, "", "OUT_OF_MEMORY"),
        (-signal.SIGXCPU, "", "ENCODER_STALLED"),
        (-signal.SIGSEGV, "", "ENCODER_FAILED"),
    ],
)
def test_failures_have_codes(status: int, said: str, code: FailureCode) -> None:
    assert failure(status, [said]).code == code


@pytest.mark.parametrize("damage", ["cut", "zeroes", "gone", "sprite", "playlist"])
def test_damage_is_found_before_publication(tmp_path: Path, publish: Publish, damage: str) -> None:
    published = publish(make_clip(tmp_path / "film.mp4", seconds=4))
    track = published.folder / published.package.tracks[0].path
    content = track.read_bytes()
    if damage == "cut":
        track.write_bytes(content[:-2000])
    elif damage == "zeroes":
        track.write_bytes(content[:-4000] + bytes(4000))
    elif damage == "gone":
        track.unlink()
    elif damage == "sprite":
        (published.folder / "sprites" / "1.jpg").unlink()
    else:
        (published.folder / published.package.tracks[1].playlist).write_text("")
    with pytest.raises(RetryError) as caught:
        verify(published.folder, published.info, published.package, cancel=Event())
    assert caught.value.code == "VERIFICATION_FAILED"
