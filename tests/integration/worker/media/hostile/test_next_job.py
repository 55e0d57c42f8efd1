"""A worker that had hostile files goes on with the next good one."""

from pathlib import Path

from tests.clips import make_clip
from tests.integration.worker.media.hostile.test_bombs import bombs
from tests.integration.worker.media.hostile.test_references import TEXTS
from tests.integration.worker.pipeline import Pipeline

BOMBS = ["a hundred million pictures", "boxes in boxes", "a stream for each packet", "a compressed header", "one byte"]


def test_after_hostile_files_the_same_worker_publishes_the_next(
    pipeline: Pipeline, seeds: dict[str, bytes], tmp_path: Path
) -> None:
    path = tmp_path / "film.mp4"
    hostile = [TEXTS["hls"].format("/etc/passwd").encode(), *(bombs(seeds)[name] for name in BOMBS)]
    for content in hostile:
        path.write_bytes(content)
        job = pipeline.submit(path)
        assert pipeline.work() == 1, "it is tried once"
        row = pipeline.job(job)
        assert row["state"] == "rejected", row["reason"]
        assert row["reason"].endswith(".")

    good = pipeline.submit(make_clip(tmp_path / "good.mp4", seconds=1))
    pipeline.work()
    assert pipeline.job(good)["state"] == "published"
    assert pipeline.received(pipeline.deployed.dead_letter_url) == []
    scratch = Path(pipeline.environment["SCRATCH_DIR"])
    assert list((scratch / "tasks").iterdir()) == []
