from pathlib import Path

import pytest

from lib.worker.errors import RejectedError, RetryError
from lib.worker.scratch import Scratch, verify


def test_leftovers_of_a_killed_worker_are_gone(tmp_path: Path) -> None:
    first = Scratch(tmp_path)
    with first.task_folder(1) as folder:
        (folder / "left").write_text("over")
        Scratch(tmp_path)
        assert not folder.exists()


def test_a_task_folder_is_empty_and_removed(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    with scratch.task_folder(7) as folder:
        assert list(folder.iterdir()) == []
        (folder / "sub").mkdir()
        (folder / "sub" / "file").write_text("")
    assert not folder.exists()


def test_what_does_not_fit_is_refused_before_it_is_begun(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    scratch.require(0)
    with pytest.raises(RetryError) as caught:
        scratch.require(10**18)
    assert caught.value.code == "DISK_FULL"


@pytest.mark.parametrize(("size", "digest", "code"), [(4, "a", "SIZE_MISMATCH"), (3, "b", "CHECKSUM_MISMATCH")])
def test_a_file_that_is_not_the_submitted_one_is_rejected(tmp_path: Path, size: int, digest: str, code: str) -> None:
    path = tmp_path / "video"
    path.write_bytes(b"abc")
    verify(path, size=3, sha256="a", digest="a")
    with pytest.raises(RejectedError) as caught:
        verify(path, size=size, sha256="a", digest=digest)
    assert caught.value.code == code
