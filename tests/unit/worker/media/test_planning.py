from hypothesis import given, strategies as st

from lib.contracts.ladder import Rung
from lib.contracts.media import MediaInfo, VideoStream
from lib.worker.media.planning import plan_renditions

LADDER = [Rung(height=height, bitrate_kbps=height * 4, max_bitrate_kbps=height * 6) for height in (1080, 720, 480, 360)]


def source(width: int, height: int) -> MediaInfo:
    video = VideoStream(
        index=0,
        codec="h264",
        width=width,
        height=height,
        display_width=width,
        display_height=height,
        frame_rate="25/1",
        frames=50,
        duration_seconds=2,
        time_base="1/25",
        pixel_format="yuv420p",
    )
    return MediaInfo(container="mov", duration_seconds=2, size_bytes=1, video=video)


def sizes(width: int, height: int) -> list[tuple[str, int, int]]:
    return [(one.name, one.width, one.height) for one in plan_renditions(source(width, height), LADDER)]


def test_a_picture_gets_its_own_rung_and_those_below() -> None:
    assert sizes(1280, 720) == [("720p", 1280, 720), ("480p", 852, 480), ("360p", 640, 360)]


def test_cinemascope_is_a_full_rung() -> None:
    assert sizes(1920, 804)[0] == ("1080p", 1920, 804)


def test_an_upright_picture_stays_upright() -> None:
    assert sizes(1080, 1920)[:2] == [("1080p", 1080, 1920), ("720p", 720, 1280)]


def test_a_picture_below_every_rung_keeps_its_size() -> None:
    assert sizes(161, 91) == [("360p", 160, 90)]


@given(st.integers(1, 8192), st.integers(1, 4320))
def test_every_picture_is_encoded_even_and_never_enlarged(width: int, height: int) -> None:
    planned = plan_renditions(source(width, height), LADDER)
    assert planned
    assert len({one.name for one in planned}) == len(planned)
    for one in planned:
        assert one.width % 2 == one.height % 2 == 0
        assert 2 <= one.width <= max(2, width)
        assert 2 <= one.height <= max(2, height)
        if min(one.width, one.height) >= 100:
            assert abs(one.width / one.height / (width / height) - 1) < 0.03
