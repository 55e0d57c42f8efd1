"""What is published plays in a browser: from its bucket, by HLS and by DASH, in all ways that it offers.

`browser/dash.mediaplayer.min.js` is dash.js 5.2.1 as its npm package brings it; its licence stands beside it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from lib.worker.media.video import SEGMENT_SECONDS
from lib.worker.objects import Objects
from streamflix_cli.pipeline.player.server import PlayerServer, Prefix
from tests.chromium import Page, chromium, needs_chromium
from tests.clips import ffmpeg, make_clip
from tests.integration.worker.media.conftest import LADDER, Publish, Published
from tests.integration.worker.pipeline import Clients, Deployed

pytestmark = needs_chromium

BROWSER = Path(__file__).with_name("browser")
PATIENCE = 240.0
SLOWNESS = {"aborted", "bufferNudgeOnStall", "bufferStalledError"}
"""What hls.js mends on a busy machine; faults of the stream, as holes and what cannot be parsed, have other names."""
TITLE, DESCRIPTION = "mrs-brown-2026", 'Mrs <b>Brown</b> & "son".mkv'
SECONDS = 4.4
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def with_sound(folder: Path) -> Path:
    return make_clip(folder / "film.mp4", seconds=SECONDS)


def upright_and_silent(folder: Path) -> Path:
    return make_clip(folder / "film.mp4", size="180x320", seconds=SECONDS, tone=None)


def ntsc(folder: Path) -> Path:
    return make_clip(folder / "film.mp4", rate="30000/1001", seconds=SECONDS)


def in_two_languages(folder: Path) -> Path:
    path, texts = folder / "film.mkv", [folder / "nl.srt", folder / "de.srt"]
    for text, words in zip(texts, ("Goedemorgen", "Guten Morgen"), strict=True):
        text.write_text(f"1\n00:00:00,500 --> 00:00:03,500\n{words}\n")
    ffmpeg(
        *("-f", "lavfi", "-i", f"testsrc2=size=320x180:rate=25:duration={SECONDS}"),
        *("-f", "lavfi", "-i", f"sine=frequency=300:duration={SECONDS}"),
        *("-f", "lavfi", "-i", f"sine=frequency=600:duration={SECONDS}"),
        *("-i", texts[0], "-i", texts[1], "-map", "0", "-map", "1", "-map", "2", "-map", "3", "-map", "4"),
        *(*H264, "-c:a", "aac", "-metadata:s:a:0", "language=dut", "-metadata:s:a:1", "language=ger"),
        *("-disposition:a:0", "0", "-disposition:a:1", "default"),
        *("-metadata:s:s:0", "language=dut", "-metadata:s:s:1", "language=ger", path),
    )
    return path


@contextmanager
def opened(published: Published, s3: Any, bucket: str, *, path: str) -> Iterator[Page]:
    """A page that `open` serves: its own, or the one that exercises players, which lies beside the title's files."""
    for folder in (published.folder, BROWSER):
        Objects(s3).upload_folder(folder, bucket, "title/", cancel=Event())
    with PlayerServer(s3, Prefix(bucket, "title/"), title=TITLE, description=DESCRIPTION) as server, chromium() as page:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            page.open(f"{server.url}{path}")
            yield page
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("player", ["hls", "dash"])
@pytest.mark.parametrize("source", [with_sound, upright_and_silent, ntsc, in_two_languages])
def test_a_title_plays(
    source: Callable[[Path], Path],
    player: str,
    *,
    publish: Publish,
    clients: Clients,
    deployed: Deployed,
    tmp_path: Path,
) -> None:
    published = publish(source(tmp_path))
    with opened(published, clients("s3"), deployed.processed, path="page.html") as page:
        told = page.evaluate(f"exercise('{player}')", seconds=PATIENCE)
        assert page.complaints == []
    assert told["errors"] == []
    assert set(told["warnings"]) <= SLOWNESS
    frame = float(1 / Fraction(published.video.frame_rate))
    seconds = published.video.duration_seconds
    assert told["begin"] == 0
    assert told["duration"] == pytest.approx(seconds, abs=frame)
    assert told["durationAtEnd"] == pytest.approx(seconds, abs=frame)
    assert told["end"] == pytest.approx(seconds, abs=frame)
    assert told["frames"] >= published.video.frames
    assert (told["audioBytes"] > 0) == bool(published.audio)
    tracks = published.package.tracks
    sizes = [[track.width, track.height] for track in tracks if track.kind == "video"]
    assert told["shown"] == told["levels"] == sizes[::-1]
    assert told["audio"] == [track.language for track in published.audio]
    assert told["heard"] == next((track.language for track in published.audio if track.default), None)
    assert told["subtitles"] == [track.language for track in published.subtitles]
    words = ["Goedemorgen", "Guten Morgen"] if published.subtitles else []
    assert told["cues"] == [[[0.5, 3.5, text]] for text in words]
    assert [start // SEGMENT_SECONDS for start in told["scanned"]] == ([1, 0] if player == "hls" else [])
    assert told["sought"] == pytest.approx([0.7, 0.3], abs=0.1)


@pytest.mark.parametrize("player", ["hls", "dash"])
def test_rungs_of_two_codecs_are_one_choice(
    player: str, publish: Publish, clients: Clients, deployed: Deployed, tmp_path: Path
) -> None:
    ladder = [LADDER[0].model_copy(update={"codec": "av1"}), LADDER[1]]
    published = publish(with_sound(tmp_path), ladder)
    with opened(published, clients("s3"), deployed.processed, path="page.html") as page:
        told = page.evaluate(f"exercise('{player}')", seconds=PATIENCE)
        assert page.complaints == []
    assert told["errors"] == []
    assert set(told["warnings"]) <= SLOWNESS
    assert told["shown"] == told["levels"] == [[256, 144], [320, 180]]


def test_the_page_that_open_serves_plays_and_says_what(
    publish: Publish, clients: Clients, deployed: Deployed, tmp_path: Path
) -> None:
    published = publish(in_two_languages(tmp_path))
    (published.folder / "checksums.json").write_text("{}")
    with opened(published, clients("s3"), deployed.processed, path="") as page:
        server = page.evaluate("location.href")
        page.until("document.querySelector('[aria-current]')")
        assert page.evaluate("document.title") == f"{TITLE} · streamflix"
        assert page.evaluate("document.querySelector('h1').textContent") == TITLE
        assert page.evaluate("document.querySelector('h1 + p').textContent") == DESCRIPTION
        rows = page.evaluate("[...document.querySelectorAll('tbody tr')].map(row => row.cells[0].textContent)")
        assert rows == ["256×144", "320×180"]
        choices = "[...document.querySelectorAll('select')].map(({ options }) => [...options].map(({ text }) => text))"
        assert page.evaluate(choices) == [["Automatic", *rows], ["nl", "de"], ["Off", "nl", "de"]]
        statuses = "Promise.all([...document.links].map(async ({ href }) => (await fetch(href)).status))"
        assert page.evaluate(statuses) == [200, 200, 200]

        play = "Object.assign(document.querySelector('video'), { currentTime: 0 }).play()"
        for row, size in enumerate(rows):
            choose(page, "quality", row)
            page.evaluate(play)
            page.until(f"document.querySelector('[aria-current]').textContent.startsWith('{size}')")
            page.until(f"document.getElementById('told').textContent === 'Shows {size}.'")
        choose(page, "subtitles", 1)
        page.evaluate(play)
        page.until("[...document.querySelector('video').textTracks].some(({ activeCues }) => activeCues?.length)")
        choose(page, "sound", 0)
        page.until("document.querySelector('video').ended")

        fetched = [url for url in page.requests if not url.startswith(("data:", "blob:"))]
        assert all(url.startswith(server) for url in fetched)
        assert {url.removeprefix(server) for url in fetched} > {"audio-1.mp4", "audio-2.mp4", "subtitles-2.vtt"}
        assert page.complaints == []


def choose(page: Page, select: str, number: int) -> None:
    chosen = f"Object.assign(document.getElementById('{select}'), {{ value: {number} }})"
    page.evaluate(f"void {chosen}.dispatchEvent(new Event('change'))")
