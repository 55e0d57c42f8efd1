"""The lock files: the image installs the very versions that are tested here."""

import re
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[2] / "requirements"


def locked(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (REQUIREMENTS / name).read_text(encoding="utf-8"), re.MULTILINE))


def test_the_worker_runs_the_versions_that_are_tested() -> None:
    worker = locked("worker.lock")
    assert {"psycopg", "av", "imageio-ffmpeg", "boto3", "alembic"} <= worker.keys()
    assert worker.items() <= locked("all.lock").items()
    assert not {"cdktf", "moto", "pytest"} & worker.keys()
