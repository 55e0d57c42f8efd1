"""Which files are meant, and which record belongs to each."""

import os
from pathlib import Path

import pytest

from streamflix_cli.errors import StreamflixError
from streamflix_cli.pipeline.sources import find_sources

RECORD = "id: {id}\ntitles: {{en: A}}\n"


def test_of_a_folder_the_videos_are_taken_by_name(tmp_path: Path) -> None:
    for name in ("b.mp4", "a.mkv", ".hidden", "b.yaml", "c.YML"):
        (tmp_path / name).write_text(RECORD.format(id="from-sidecar"))
    (tmp_path / "folder.mp4").mkdir()
    sources, failed = find_sources([tmp_path], None)
    assert [(one.path.name, one.content.id) for one in sources] == [("a.mkv", "a"), ("b.mp4", "from-sidecar")]
    assert failed == []


def test_a_file_that_is_named_twice_is_taken_once(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    sources, _ = find_sources([tmp_path / "a.mp4", tmp_path, tmp_path / "a.mp4"], None)
    assert [one.path.name for one in sources] == ["a.mp4"]


def test_given_metadata_win_over_a_sidecar(tmp_path: Path) -> None:
    for name in ("film.mp4", "film.yaml", "other.yaml"):
        (tmp_path / name).write_text(RECORD.format(id=name.partition(".")[0]))
    ((source,), _) = find_sources([tmp_path / "film.mp4"], tmp_path / "other.yaml")
    assert source.content.id == "other"


def test_what_is_no_readable_file_keeps_nothing_back(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"x")
    os.mkfifo(tmp_path / "pipe")
    sources, failed = find_sources([tmp_path / "absent", tmp_path / "pipe", tmp_path / "film.mp4"], None)
    assert [one.path.name for one in sources] == ["film.mp4"]
    assert [(Path(one.file).name, one.code) for one in failed] == [
        ("absent", "FILE_UNREADABLE"),
        ("pipe", "FILE_UNREADABLE"),
    ]


def test_all_wrong_records_are_told_at_once(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.mp4").write_bytes(b"x")
        (tmp_path / f"{name}.yaml").write_text(f"id: {name}\n")
    with pytest.raises(StreamflixError) as refused:
        find_sources([tmp_path], None)
    assert "a.yaml:1:1" in refused.value.message
    assert "b.yaml:1:1" in refused.value.message


def test_a_name_that_is_no_unicode_is_submitted_under_one_that_is(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"fi\xfflm\n.mp4")).write_bytes(b"x")
    ((source,), _) = find_sources([tmp_path], None)
    assert source.name == "fi_lm_.mp4"
    assert source.content.titles == {"und": "fi_lm_"}
