"""The image cannot be built without a container engine; what it copies is run here."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
DOCKERFILE = (ROOT / "lib/worker/Dockerfile").read_text()


def test_the_image_holds_all_the_code_that_the_tasks_import(tmp_path: Path) -> None:
    copied = re.findall(r"^COPY (lib\S*) (\S+)$", DOCKERFILE, re.MULTILINE)
    assert copied
    for source, target in copied:
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / target)
        else:
            (tmp_path / target).mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, tmp_path / target)
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import lib.worker.__main__ as main; print(main.__file__)"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path))


def test_the_image_holds_nothing_else_of_the_repository() -> None:
    sources = re.findall(r"^COPY (\S+)", DOCKERFILE, re.MULTILINE)
    assert sources == [
        "requirements/worker.lock",
        "lib/__init__.py",
        "lib/contracts",
        "lib/compliance",
        "lib/worker",
    ]


def test_the_image_runs_as_the_user_that_the_task_definition_names() -> None:
    tasks = (ROOT / "lib/tasks.py").read_text()
    user, scratch = (re.search(pattern, tasks) for pattern in (r'USER = "(\S+)"', r'SCRATCH = "(\S+)"'))
    assert user is not None
    assert scratch is not None
    assert f"USER {user[1]}\n" in DOCKERFILE
    assert f"VOLUME {scratch[1]}\n" in DOCKERFILE
