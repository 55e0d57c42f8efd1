"""Which files are meant, and which record belongs to each."""

import io
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from streamflix_cli.errors import StreamflixError
from streamflix_cli.pipeline.sources import find_sources


def unwarned(message: str) -> None:
    raise AssertionError(message)


RECORD = "id: {id}\ntitles: {{en: A}}\n"


def test_of_a_folder_the_videos_are_taken_by_name(tmp_path: Path) -> None:
    for name in ("b.mp4", "a.mkv", ".hidden", "b.yaml", "c.YML"):
        (tmp_path / name).write_text(RECORD.format(id="from-sidecar"))
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / ".cache").mkdir()
    warnings: list[str] = []
    sources, failed = find_sources([tmp_path], None, warn=warnings.append)
    assert [(one.path.name, one.content.id) for one in sources] == [("a.mkv", "a"), ("b.mp4", "from-sidecar")]
    assert failed == []
    (warning,) = warnings
    assert "folder.mp4" in warning
    assert ".cache" not in warning


def test_many_folders_within_are_one_short_warning(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"season-{number}").mkdir()
    warnings: list[str] = []
    assert find_sources([tmp_path], None, warn=warnings.append) == ([], [])
    (warning,) = warnings
    assert "and 25 more" in warning


def test_a_file_that_is_named_twice_is_taken_once(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    sources, _ = find_sources([tmp_path / "a.mp4", tmp_path, tmp_path / "a.mp4"], None, warn=unwarned)
    assert [one.path.name for one in sources] == ["a.mp4"]


def test_given_metadata_win_over_a_sidecar(tmp_path: Path) -> None:
    for name in ("film.mp4", "film.yaml", "other.yaml"):
        (tmp_path / name).write_text(RECORD.format(id=name.partition(".")[0]))
    ((source,), _) = find_sources([tmp_path / "film.mp4"], tmp_path / "other.yaml", warn=unwarned)
    assert source.content.id == "other"


def test_what_is_no_readable_file_keeps_nothing_back(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"x")
    os.mkfifo(tmp_path / "pipe")
    sources, failed = find_sources([tmp_path / "absent", tmp_path / "pipe", tmp_path / "film.mp4"], None, warn=unwarned)
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
        find_sources([tmp_path], None, warn=unwarned)
    assert "a.yaml:1:1" in refused.value.message
    assert "b.yaml:1:1" in refused.value.message


def test_a_name_that_is_no_unicode_is_submitted_under_one_that_is(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"fi\xfflm\n.mp4")).write_bytes(b"x")
    ((source,), _) = find_sources([tmp_path], None, warn=unwarned)
    assert source.name == "fi_lm_.mp4"
    assert source.content.titles == {"und": "fi_lm_"}


def test_a_record_in_capitals_is_a_record(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"x")
    (tmp_path / "film.YAML").write_text(RECORD.format(id="from-sidecar"))
    ((source,), _) = find_sources([tmp_path], None, warn=unwarned)
    assert source.content.id == "from-sidecar"


@pytest.mark.parametrize("kind", ["pipe", "folder", "broken link"])
def test_a_record_that_is_no_file_is_not_passed_over(tmp_path: Path, kind: str) -> None:
    (tmp_path / "film.mp4").write_bytes(b"x")
    record = tmp_path / "film.yaml"
    if kind == "pipe":
        os.mkfifo(record)
    elif kind == "folder":
        record.mkdir()
    else:
        record.symlink_to("nowhere")
    with pytest.raises(StreamflixError) as refused:
        find_sources([tmp_path / "film.mp4"], None, warn=unwarned)
    assert refused.value.code == "FILE_UNREADABLE"
    assert "film.yaml" in refused.value.message


@pytest.mark.parametrize(
    "name", ["-i.mp4", "--.mp4", "concat:a.mp4", "subfile,,start,0,end,9,,:a.mp4", "data:video.mp4", "pipe:0", "%d.mp4"]
)
def test_a_name_that_a_program_could_take_for_something_else_is_a_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    ((source,), failed) = find_sources([tmp_path], None, warn=unwarned)
    assert failed == []
    assert source.name == name
    assert source.sha256() == sha256(b"x").hexdigest()


class Growing(io.RawIOBase):
    """A file that is written faster than anybody reads it."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return len(buffer)


def test_a_file_that_grows_is_not_read_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(bytes(1000))
    ((source,), _) = find_sources([path], None, warn=unwarned)
    with pytest.raises(StreamflixError) as refused:
        for _ in source.pieces(io.BufferedReader(Growing()), 64):
            pass
    assert refused.value.code == "FILE_CHANGED"
    path.write_bytes(bytes(1001))
    with pytest.raises(StreamflixError) as refused:
        source.sha256()
    assert refused.value.code == "FILE_CHANGED"
