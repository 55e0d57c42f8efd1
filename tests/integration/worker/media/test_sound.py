"""Sound and subtitles: in sync, as loud as asked for, each with its language."""

import json
from array import array
from pathlib import Path
from threading import Event

import av
import pytest

from lib.worker.media import extract_subtitles, probe
from tests.clips import ffmpeg
from tests.integration.worker.media.conftest import LOUDNESS_LUFS, Publish

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def flash_and_beep(path: Path) -> Path:
    """White picture and a beep from 1.0 s to 1.4 s; black and silence otherwise."""
    ffmpeg(
        *(
            "-f",
            "lavfi",
            "-i",
            "color=black:size=160x90:rate=25:duration=3,geq=lum='if(between(T,0.999,1.399),235,16)'",
        ),
        *("-f", "lavfi", "-i", "aevalsrc='0.5*sin(2*PI*1000*t)*between(t,1,1.4)':s=48000:d=3"),
        *(*H264, "-c:a", "aac"),
        path,
    )
    return path


def onsets(playlist: Path) -> tuple[float, float]:
    """When the picture turns white, and when the sound begins, as a player of the playlist has them."""
    with av.open(str(playlist)) as container:
        white = next(frame.time or 0.0 for frame in container.decode(video=0) if bytes(frame.planes[0])[0] > 120)
    with av.open(str(playlist)) as container:
        for frame in container.decode(audio=0):
            samples = array("f", bytes(frame.planes[0]))[: frame.samples]
            loud = next((number for number, sample in enumerate(samples) if abs(sample) > 0.05), None)
            if loud is not None:
                return white, (frame.time or 0.0) + loud / frame.sample_rate
    raise AssertionError("There is no sound.")


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.ts"])
def test_picture_and_sound_stay_together(tmp_path: Path, publish: Publish, name: str) -> None:
    published = publish(flash_and_beep(tmp_path / name))
    white, loud = onsets(published.folder / "master.m3u8")
    assert white == pytest.approx(1.0, abs=0.041)
    assert loud - white == pytest.approx(0, abs=0.025)


@pytest.mark.parametrize("late", ["picture", "sound"])
def test_streams_that_begin_apart_stay_together(tmp_path: Path, publish: Publish, late: str) -> None:
    together, apart = flash_and_beep(tmp_path / "together.mkv"), tmp_path / "apart.mkv"
    maps = ("-map", "1:v", "-map", "0:a") if late == "picture" else ("-map", "0:v", "-map", "1:a")
    ffmpeg("-i", together, "-itsoffset", "0.5", "-i", together, *maps, "-c", "copy", apart)
    published = publish(apart)
    white, loud = onsets(published.folder / "master.m3u8")
    assert loud - white == pytest.approx(-0.5 if late == "picture" else 0.5, abs=0.025)
    assert published.package.duration_seconds == 3


@pytest.mark.parametrize("seconds", [1, 5])
def test_sound_lasts_as_long_as_the_picture(tmp_path: Path, publish: Publish, seconds: int) -> None:
    path = tmp_path / "film.mkv"
    picture = ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=3"]
    ffmpeg(*picture, "-f", "lavfi", "-i", f"sine=duration={seconds}", *H264, "-c:a", "libopus", path)
    published = publish(path)
    sound = next(track for track in published.package.tracks if track.kind == "audio")
    assert sound.duration_seconds == pytest.approx(3, abs=0.05)


@pytest.mark.parametrize("volume", [0.02, 1.0])
def test_sound_is_as_loud_as_asked_for(tmp_path: Path, publish: Publish, volume: float) -> None:
    path = tmp_path / "film.mp4"
    picture = ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=5"]
    ffmpeg(*picture, "-f", "lavfi", "-i", f"anoisesrc=d=5:c=pink:a={volume}:r=48000", *H264, path)
    published = publish(path)
    statistics = tmp_path / "loudness.json"
    meter = f"loudnorm=print_format=json:stats_file={statistics}"
    ffmpeg("-i", published.folder / published.audio[0].file, "-af", meter, "-f", "null", "-")
    measured = json.loads(statistics.read_text())
    assert float(measured["input_i"]) == pytest.approx(LOUDNESS_LUFS, abs=0.5)
    assert float(measured["input_tp"]) <= -1
    assert published.audio[0].loudness_lufs == pytest.approx(LOUDNESS_LUFS, abs=0.5)


def test_silence_stays_silent(tmp_path: Path, publish: Publish) -> None:
    path = tmp_path / "film.mp4"
    picture = ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=2"]
    ffmpeg(*picture, "-f", "lavfi", "-i", "anullsrc=r=44100", "-t", "2", *H264, path)
    assert publish(path).audio[0].source_lufs is None


def test_every_track_is_published_with_its_language(tmp_path: Path, publish: Publish) -> None:
    path, text = tmp_path / "film.mkv", tmp_path / "text.srt"
    text.write_text("1\n00:00:00,500 --> 00:00:01,500\nGoedemorgen\n")
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=3"),
        *("-f", "lavfi", "-i", "sine=frequency=300:duration=3", "-f", "lavfi", "-i", "sine=frequency=600:duration=3"),
        *("-i", text, "-map", "0", "-map", "1", "-map", "2", "-map", "3", *H264, "-c:a", "aac"),
        *("-metadata:s:a:0", "language=ger", "-metadata:s:a:1", "language=fra", "-disposition:a:1", "default"),
        *("-metadata:s:a:1", 'title=Le "grand" film', "-metadata:s:s:0", "language=nld", "-disposition:a:0", "0", path),
    )
    published = publish(path)
    assert [(one.language, one.default) for one in published.audio] == [("de", False), ("fr", True)]
    master = (published.folder / "master.m3u8").read_text()
    assert 'NAME="Le grand film",LANGUAGE="fr",DEFAULT=YES' in master
    assert 'TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="nl",LANGUAGE="nl"' in master
    manifest = (published.folder / "manifest.mpd").read_text()
    assert all(f'lang="{language}"' in manifest for language in ("de", "fr", "nl"))
    subtitle = (published.folder / published.subtitles[0].file).read_text()
    assert "00:00.500 --> 00:01.500\nGoedemorgen" in subtitle


def test_subtitles_are_taken_out_however_early_the_picture_begins(tmp_path: Path) -> None:
    path, text = tmp_path / "film.mkv", tmp_path / "text.srt"
    text.write_text("1\n00:00:00,500 --> 00:00:01,500\nGoedemorgen\n")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=2", "-i", text, *H264, path)
    info = probe(path)
    one_tick = info.model_copy(update={"video": info.video.model_copy(update={"start_time": 1 / 90_000})})

    (subtitle,) = extract_subtitles(path, one_tick, tmp_path, cancel=Event())

    assert "00:00.500 --> 00:01.500\nGoedemorgen" in (tmp_path / subtitle.file).read_text()
