"""Some of a thousand damaged files in CI, all of them by `make soak`: each is accepted or rejected, within bounds."""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.worker.media.hostile import trace
from tests.integration.worker.media.hostile.seeds import CLIPS

SEED = 2026
SAMPLE, WHOLE = 64, 1000
MOST_SECONDS = 60
"""For one file, whose inspectors may use 100 s of CPU each; a sound one takes less than a second."""
MOST_MIB = 700
"""For one file, of which none has more than 4 MiB; 2 GiB is what an inspector may use."""
SOUND_ALONE = {"cover.m4a", "sound.wav", "sound.mp3"}


@dataclass(frozen=True)
class Examined:
    """What became of files.

    Attributes:
        results: As `examine` prints them.
        seen: What their inspectors touched; None without strace.
    """

    results: list[dict[str, Any]]
    seen: trace.Seen | None


def examined(trace_file: Path, *arguments: object) -> Examined:
    command = [sys.executable, "-m", "tests.integration.worker.media.hostile.examine", *map(str, arguments)]
    if trace.STRACE:
        command = trace.traced(command, trace_file)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    return Examined(results, trace.seen(trace_file, "inspection.py") if trace.STRACE else None)


@pytest.fixture(scope="module")
def sound(seeds_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Examined:
    files = [seeds_folder / name for name in CLIPS]
    return examined(tmp_path_factory.mktemp("trace") / "sound", "files", *files)


@pytest.fixture(scope="module")
def sample(seeds_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Examined:
    return examined(tmp_path_factory.mktemp("trace") / "sample", "corpus", seeds_folder, SEED, 0, SAMPLE)


def check(results: list[dict[str, Any]]) -> None:
    outcomes = Counter(one["outcome"] for one in results)
    unforeseen = [one for one in results if one["outcome"] != "accepted" and not one["outcome"].isupper()]
    assert unforeseen == [], outcomes
    assert [one for one in results if one["seconds"] > MOST_SECONDS] == []
    assert [one for one in results if one["peak_mib"] > MOST_MIB][:1] == []
    assert [one for one in results if one["left"]] == []
    assert [one for one in results if len(one["reason"]) > 300 or not one["reason"].isprintable()] == []
    # It is a corpus only if it reaches every part of the way.
    assert len(outcomes) >= 5, outcomes
    assert outcomes["accepted"] > len(results) / 20


def test_what_the_files_are_made_from_is_sound(sound: Examined) -> None:
    outcomes = {one["name"]: one["outcome"] for one in sound.results}
    assert outcomes == {name: "NO_VIDEO_STREAM" if name in SOUND_ALONE else "accepted" for name in CLIPS}


def test_every_damaged_file_is_accepted_or_rejected(sample: Examined) -> None:
    assert len(sample.results) == SAMPLE
    check(sample.results)


@pytest.mark.skipif(trace.STRACE is None, reason="strace is not here to watch")
def test_a_damaged_file_makes_the_inspector_touch_nothing_that_a_sound_one_does_not(
    sound: Examined, sample: Examined
) -> None:
    assert sound.seen
    assert sample.seen
    for one, files in ((sound.seen, len(CLIPS)), (sample.seen, SAMPLE)):
        assert one.programs >= files
        assert one.network == []
        assert one.written == []
        assert [path for path in one.paths if path.endswith("/source")] == [], "it has the file's descriptor alone"
    assert sample.seen.paths - sound.seen.paths == set()


@pytest.mark.soak
def test_the_whole_corpus(seeds_folder: Path, tmp_path: Path, sound: Examined) -> None:
    whole = examined(tmp_path / "whole", "corpus", seeds_folder, SEED, 0, WHOLE)
    assert len(whole.results) == WHOLE
    check(whole.results)
    if whole.seen and sound.seen:
        assert whole.seen.network == whole.seen.written == []
        assert whole.seen.paths - sound.seen.paths == set()
