"""Every kind of source becomes the same kind of stream: constant rate, exact frames, upright, square, in sync."""

import re
from fractions import Fraction
from pathlib import Path

import av
import pytest

from lib.contracts.ladder import Rung
from tests.clips import BIG_BUCK_BUNNY, decoded_frames, ffmpeg, make_clip
from tests.integration.worker.media.conftest import LADDER, Publish, Published

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def picture(size: str = "320x180", rate: str = "25", seconds: float = 3) -> list[str]:
    return ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}:duration={seconds}"]


def tone(seconds: float = 3) -> list[str]:
    return ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={seconds}"]


def check(published: Published, frames: int, *, top: tuple[int, int] = (320, 180)) -> None:
    """Both manifests give all frames, and the files say what they are."""
    folder = published.folder
    assert published.video.frames == frames
    assert decoded_frames(folder / "master.m3u8") == frames
    assert decoded_frames(folder / "manifest.mpd") == frames
    rung = published.video.renditions[0]
    assert (rung.rendition.width, rung.rendition.height) == top
    with av.open(str(folder / rung.file)) as container:
        stream = container.streams.video[0]
        shown = list(container.decode(stream))
        assert (shown[0].width, shown[0].height) == top
        assert shown[0].format.name == "yuv420p"
        assert int(shown[0].color_primaries) == int(shown[0].color_trc) == int(shown[0].colorspace) == 1
        assert stream.sample_aspect_ratio in {None, 1}
        rate = Fraction(published.video.frame_rate)
        assert [frame.time for frame in shown] == pytest.approx([float(number / rate) for number in range(frames)])


@pytest.mark.parametrize("rate", ["24000/1001", "30000/1001", "12", "60"])
def test_constant_rates_are_kept(tmp_path: Path, publish: Publish, rate: str) -> None:
    published = publish(make_clip(tmp_path / "film.mp4", rate=rate, seconds=3))
    assert not published.info.video.variable_rate
    assert Fraction(published.video.frame_rate) == Fraction(rate)
    check(published, published.info.video.frames)


@pytest.mark.parametrize("container", ["mkv", "ts", "avi", "flv", "mov", "mpg"])
def test_containers(tmp_path: Path, publish: Publish, container: str) -> None:
    path = tmp_path / f"film.{container}"
    codec = ("-c:v", "mpeg2video") if container == "mpg" else H264
    ffmpeg(*picture(), *tone(), *codec, path)
    published = publish(path)
    assert len(published.audio) == 1
    check(published, 75)


def test_a_variable_rate_is_conformed(tmp_path: Path, publish: Publish) -> None:
    path = tmp_path / "film.mp4"
    drop = "select=not(between(n\\,20\\,40))*not(between(n\\,60\\,61))"
    ffmpeg(*picture(rate="30", seconds=4), *tone(4), "-vf", drop, "-fps_mode", "vfr", *H264, path)
    published = publish(path)
    assert published.info.video.variable_rate
    assert published.video.frame_rate == "30/1"
    check(published, 120)


def test_a_phones_rotation_is_applied(tmp_path: Path, publish: Publish) -> None:
    flat, turned = tmp_path / "flat.mp4", tmp_path / "turned.mp4"
    make_clip(flat)
    ffmpeg("-display_rotation", "90", "-i", flat, "-c", "copy", turned)
    published = publish(turned)
    assert published.info.video.rotation in {90, 270}
    check(published, 50, top=(180, 320))


def test_pixels_become_square(tmp_path: Path, publish: Publish) -> None:
    path = tmp_path / "film.mp4"
    ffmpeg(*picture("240x180"), "-vf", "setsar=4/3", *H264, path)
    check(publish(path), 75)


def test_interlaced_pictures_become_progressive(tmp_path: Path, publish: Publish) -> None:
    path = tmp_path / "film.mp4"
    ffmpeg(*picture(rate="50"), "-vf", "interlace", "-flags", "+ildct+ilme", *H264, path)
    published = publish(path)
    assert published.info.video.field_order == "interlaced"
    check(published, 75)


@pytest.mark.parametrize(("transfer", "hdr"), [("smpte2084", "hdr10"), ("arib-std-b67", "hlg")])
def test_hdr_is_mapped(tmp_path: Path, publish: Publish, transfer: str, hdr: str) -> None:
    path = tmp_path / "film.mp4"
    colours = f"format=yuv420p10le,setparams=color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc:range=tv"
    ffmpeg(*picture(seconds=1), "-vf", colours, "-c:v", "libx265", "-preset", "ultrafast", path)
    published = publish(path)
    assert published.info.video.hdr == hdr
    assert published.info.video.bit_depth == 10
    check(published, 25)


def test_an_edit_list_hides_frames(tmp_path: Path, publish: Publish) -> None:
    whole, cut = make_clip(tmp_path / "whole.mp4", seconds=4), tmp_path / "cut.mp4"
    ffmpeg("-ss", "0.6", "-i", whole, "-c", "copy", cut)
    published = publish(cut)
    assert published.info.video.frames == 85
    check(published, 85)


@pytest.mark.parametrize("size", ["161x91", "16x16", "1280x64", "64x640"])
def test_odd_tiny_and_narrow_pictures(tmp_path: Path, publish: Publish, size: str) -> None:
    path = tmp_path / "film.mkv"
    ffmpeg(*picture(size, seconds=1), "-c:v", "ffv1", path)
    published = publish(path)
    assert published.audio == ()
    rung = published.video.renditions[0].rendition
    check(published, 25, top=(rung.width, rung.height))


def test_one_picture_is_a_video(tmp_path: Path, publish: Publish) -> None:
    path = tmp_path / "film.mp4"
    ffmpeg(*picture(), "-frames:v", "1", *H264, path)
    published = publish(path)
    assert published.video.frames == decoded_frames(published.folder / "master.m3u8") == 1


@pytest.mark.parametrize("codec", ["hevc", "av1"])
def test_other_codecs_are_named_as_players_expect(tmp_path: Path, publish: Publish, codec: str) -> None:
    ladder = [rung.model_copy(update={"codec": codec}) for rung in LADDER[:1]] + [Rung(**dict(LADDER[1]))]
    published = publish(make_clip(tmp_path / "film.mp4"), ladder)
    named = {"hevc": r"hvc1\.1\.6\.L\d+(\.[0-9A-F]+)*", "av1": r"av01\.0\.\d\d[MH]\.08"}[codec]
    assert re.fullmatch(named, published.package.tracks[0].codec)
    assert re.fullmatch(r"avc1\.6400[0-9a-f]{2}", published.package.tracks[1].codec)
    check(published, 50)


@pytest.mark.skipif(not BIG_BUCK_BUNNY.exists(), reason="stands beside the project on some machines only")
def test_a_real_film_with_surround_sound(publish: Publish) -> None:
    published = publish(BIG_BUCK_BUNNY)
    assert published.info.audio[0].layout == "5.1"
    check(published, 132)


def test_white_of_an_hdr_film_stays_white(tmp_path: Path, publish: Publish) -> None:
    """Reference white, 203 nits, becomes neither grey nor clipped."""
    path = tmp_path / "film.mp4"
    graded = (
        "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv,"
        "zscale=t=linear:npl=203,format=gbrpf32le,"
        "zscale=p=bt2020:t=smpte2084:m=bt2020nc:r=tv:npl=203,format=yuv420p10le"
    )
    white = ["-f", "lavfi", "-i", "color=white:size=320x180:rate=25:duration=1"]
    ffmpeg(*white, "-vf", graded, "-c:v", "libx265", "-preset", "ultrafast", path)
    published = publish(path)
    with av.open(str(published.folder / published.video.renditions[0].file)) as container:
        frame = next(container.decode(video=0))
    luma, blue, red = (bytes(plane)[0] for plane in frame.planes)
    assert 190 < luma < 235
    assert abs(blue - 128) <= 3
    assert abs(red - 128) <= 3
