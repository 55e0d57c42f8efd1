"""What ffmpeg says of its progress."""

import pytest

from lib.worker.media.process import Log


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("2500000", 2.5), ("0", 0), ("-83333", 0), ("N/A", 0), ("", 0), ("9223372036854775807", 9.2e12)],
)
def test_progress_never_runs_backwards_out_of_the_video(said: str, seconds: float) -> None:
    assert Log(progress={"out_time_us": said}).seconds == pytest.approx(seconds, rel=0.01)


def test_nothing_said_is_no_progress() -> None:
    assert Log().seconds == 0
