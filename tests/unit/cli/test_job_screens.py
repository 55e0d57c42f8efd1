"""Jobs on a terminal: what is copied is whole, whatever the width; what came of a video is told."""

from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from rich.console import Console

from lib.contracts.content import ContentRecord
from streamflix_cli.pipeline.models import Ingested, Job, JobDetails, Jobs, Redriven
from streamflix_cli.pipeline.sources import Source
from streamflix_cli.pipeline.trail import Verified
from streamflix_cli.ui.compliance import render_verified
from streamflix_cli.ui.ingest import Transfers, render_ingested
from streamflix_cli.ui.job import render_details, span
from streamflix_cli.ui.jobs import Following, render_cancelled, render_jobs, render_redriven
from streamflix_cli.ui.output import Output

PREFIX = "s3://processed-bucket-pr12345-123456789012/titles/a-film/5f0c9a52-1d6c-5c0b-8a11-6f1f0f6e0b11/12345/"
FLAGS = "--env pr12345 --local"


def console(width: int, *, terminal: bool = True) -> Console:
    return Console(file=StringIO(), width=width, height=24, force_terminal=terminal, emoji=False, color_system=None)


def drawn(on: Console) -> list[str]:
    assert isinstance(on.file, StringIO)
    return [line.rstrip() for line in on.file.getvalue().splitlines()]


def job(state: str = "encoding", **changes: Any) -> Job:
    fields = {"job_id": str(uuid4()), "content_id": "a-film", "file_name": "a.mp4", "state": state}
    return Job(**{**fields, "submitted_at": "2026-01-31T12:00:00.5+00:00", **changes})


def event(second: int, action: str) -> dict[str, Any]:
    return {"at": f"2026-01-31T12:00:{second:02}+00:00", "action": action, "actor": "worker:1"}


def published(**changes: Any) -> JobDetails:
    video = {"name": "video-720p", "width": 1280, "height": 720, "codec": "avc1.64001f", "bitrate_kbps": 2454}
    poster = {"name": "poster", "width": None, "height": None, "codec": None, "bitrate_kbps": None}
    fields = job("published", published=PREFIX).model_dump()
    # Rejected at first, and reopened.
    told = [(1, "received"), (2, "planning"), (3, "rejected"), (10, "received"), (11, "planning"), (13, "encoding")]
    told += [(43, "finishing"), (44, "published")]
    return JobDetails(
        **{
            **fields,
            "events": [event(second, f"job.{state}") for second, state in told] + [event(45, "title.opened")],
            "media_info": None,
            "renditions": [{**video, "bytes": 1_620_838}, {**poster, "bytes": 97_193}],
            "tasks": [],
            **changes,
        }
    )


@pytest.mark.parametrize(("width", "terminal"), [(50, True), (80, True), (200, True), (80, False)])
def test_ids_titles_and_reasons_are_never_folded(width: int, terminal: bool) -> None:
    reason = "The object s3://raw-bucket-pr12345-123456789012/uploads/x/a.mp4 is [gone] " + "x" * 100
    long = job("rejected", content_id="a-very-long-title-" * 5 + "x", code="SOURCE_MISSING", reason=reason)
    on = console(width, terminal=terminal)
    render_jobs(on, Jobs(jobs=[long, job()]))
    lines = drawn(on)
    assert lines[0].startswith(f"{long.job_id}  rejected")
    assert sum(long.content_id in line for line in lines) == 1
    assert f"  SOURCE_MISSING: {reason}" in lines


def test_how_far_an_encoding_is_stands_beside_its_state() -> None:
    on = console(80)
    render_jobs(on, Jobs(jobs=[job(progress=0.425)]))
    assert "encoding 42%" in drawn(on)[0]


@pytest.mark.parametrize("width", [50, 80])
def test_a_published_video_is_told_with_its_renditions_its_times_and_how_to_play_it(width: int) -> None:
    on, details = console(width), published()
    render_ingested(on, Ingested(jobs=[details]), published=[details], flags=FLAGS)
    lines = drawn(on)
    assert "a-film  published  34 s (waiting 1.0 s, planning 2.0 s, encoding 30 s, finishing 1.0 s)" in lines
    assert f"  {PREFIX}" in lines
    assert any(line.split() == ["video-720p", "1280x720", "2454", "kbit/s", "1.6", "MB"] for line in lines)
    assert f"  play it: streamflix open {details.job_id} {FLAGS}" in lines
    assert "Next:" not in lines


def test_what_was_submitted_is_told_with_how_to_follow_it() -> None:
    one, several = console(50), console(50)
    first = job("submitted")
    render_ingested(one, Ingested(jobs=[first]), published=[], flags=FLAGS)
    render_ingested(several, Ingested(jobs=[first, job("received")]), published=[], flags=FLAGS)
    assert any(line.startswith(f"  streamflix jobs show {first.job_id} {FLAGS} ") for line in drawn(one))
    assert any(line.startswith(f"  streamflix jobs list {FLAGS} ") for line in drawn(several))
    assert any(line.startswith(f"  streamflix status {FLAGS} --watch ") for line in drawn(one))


def test_a_video_that_is_published_already_is_told_with_how_to_play_it() -> None:
    on, known = console(80), job("published", published=PREFIX)
    render_ingested(on, Ingested(jobs=[known]), published=[], flags=FLAGS)
    assert drawn(on)[-1] == f"  play it: streamflix open {known.job_id} {FLAGS}"


def test_files_that_failed_are_left_to_the_error() -> None:
    on = console(80)
    failed = {"file": "b.mp4", "code": "FILE_UNREADABLE", "message": "b.mp4 cannot be read.", "hint": "x"}
    render_ingested(on, Ingested.model_validate({"jobs": [], "failed": [failed]}), published=[], flags=FLAGS)
    assert drawn(on) == []


@pytest.mark.parametrize("width", [50, 80])
def test_a_job_in_detail_fits_the_width_and_shows_names_as_they_are(width: int) -> None:
    task = {"kind": "encode", "segment": 11, "state": "retry_wait", "attempts": 3, "max_attempts": 5, "progress": 0.5}
    task |= {"started_at": "2026-01-31T12:01:05+00:00", "finished_at": None, "error": {"code": "ENCODER_STALLED"}}
    on = console(width)
    details = published(file_name="[bold red]x[/].mp4", tasks=[task, {**task, "error": None}])
    render_details(on, details)
    lines = drawn(on)
    assert "file       [bold red]x[/].mp4" in lines
    assert f"published  {PREFIX}" in lines
    assert any("encode 11  retry_wait  3/5" in line for line in lines)
    # The date stands above.
    assert "12:00:44  job.published  worker:1" in lines
    assert max(len(line) for line in lines if not line.startswith(("job ", "published ", "took "))) <= width


def test_times_of_another_day_have_their_date() -> None:
    on = console(80)
    late = {"at": "2026-02-01T00:00:01+00:00", "action": "job.dead", "actor": "worker:1"}
    render_details(on, published(events=[late]))
    assert "2026-02-01 00:00:01  job.dead  worker:1" in drawn(on)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0.0 s"), (9.96, "10 s"), (59.7, "1 min 0 s"), (42, "42 s"), (185, "3 min 5 s"), (7800, "2 h 10 min")],
)
def test_spans_of_time_are_told_as_people_do(seconds: float, expected: str) -> None:
    assert span(seconds) == expected


@pytest.mark.parametrize("width", [50, 80])
def test_jobs_that_are_followed_fit_the_terminal(width: int) -> None:
    on = console(width)
    screen = Following(on).screen([*(job(content_id="x" * 100) for _ in range(40)), job("published")])
    on.print(screen)
    lines = drawn(on)
    assert len(lines) < 24
    assert max(map(len, lines)) <= width
    assert lines[0].startswith("1 of 41 ended")
    assert not any("published" in line for line in lines)


def test_a_job_that_a_worker_has_is_not_called_cancelled_yet() -> None:
    asked, ended = console(80), console(80)
    render_cancelled(asked, Jobs(jobs=[job()]))
    render_cancelled(ended, Jobs(jobs=[job("cancelled")]))
    assert "then it is cancelled" in drawn(asked)[-1]
    assert len(drawn(ended)) == 1


def test_events_without_a_seal_are_told_in_ranges() -> None:
    on = console(80)
    hidden = [3, *range(40, 81), 405]
    render_verified(on, Verified(events=500, unsealed=0, broken=[], hidden=hidden, mismatches=[]))
    assert drawn(on) == ["events 3, 40-80, 405 without a seal: never sealed, or the seal was removed"]


def test_an_empty_dead_letter_queue_is_called_so() -> None:
    on = console(80)
    render_redriven(on, Redriven(jobs=[], returned=0, dropped=0))
    assert drawn(on) == ["The dead-letter queue is empty."]


@pytest.mark.parametrize("width", [50, 80])
def test_a_long_name_leaves_room_for_how_much_has_moved(width: int, tmp_path: Path) -> None:
    output = Output(as_json=False)
    output.err = console(width)
    film = Source(tmp_path / f"{'x' * 100} [v2].mp4", ContentRecord(id="a", titles={"en": "A"}), 300_000_000, 0)
    with Transfers(output).moving(film) as advance:
        advance(100_000_000)
    assert any("100.0/300.0 MB" in line for line in drawn(output.err))
