from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.worker.media.hostile.canary import Canary
from tests.integration.worker.media.hostile.seeds import make_seeds


@pytest.fixture(scope="session")
def seeds_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeds")
    make_seeds(folder)
    return folder


@pytest.fixture(scope="session")
def seeds(seeds_folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in seeds_folder.iterdir() if path.is_file()}


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Canary]:
    with Canary(tmp_path) as canary:
        yield canary
