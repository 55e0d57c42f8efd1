"""The pre-commit hook: what it matches, and that the plain installation is enough to run it."""

import re
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
HOOK = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))[0]
OWN_HOOK = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"][0]

MATCHED = ["configs/base.yaml", "configs/prod.yaml", "configs/new-env.yaml", "configs/old.yml"]
NOT_MATCHED = [
    "configs/profile.schema.json",
    "configs/notes.md",
    "configs/archive/dev.yaml",
    "lib/configs.yaml",
    "xconfigs/dev.yaml",
    "mkdocs.yaml",
]


@pytest.mark.parametrize("hook", [HOOK, OWN_HOOK], ids=["for others", "of this repository"])
def test_the_hook_runs_for_profiles_and_nothing_else(hook: dict[str, str]) -> None:
    assert hook["id"] == "streamflix-validate-config"
    assert [path for path in MATCHED if not re.search(hook["files"], path)] == []
    assert [path for path in NOT_MATCHED if re.search(hook["files"], path)] == []


def test_the_hook_of_others_finds_profiles_of_a_nested_project() -> None:
    assert re.search(HOOK["files"], "services/video/configs/dev.yaml")


def light_requirements() -> str:
    """The core dependencies and theirs, with the versions and hashes of the lock."""
    wanted, todo = set(), ["streamflix"]
    while todo:
        for text in distribution(todo.pop()).requires or []:
            requirement = Requirement(text)
            name = requirement.name.lower().replace("_", "-")
            if name not in wanted and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
                wanted.add(name)
                todo.append(name)
    entries = re.split(r"\n(?=\S)", (ROOT / "requirements/all.lock").read_text(encoding="utf-8"))
    return "\n".join(entry for entry in entries if re.split(r"[=\[ ;]", entry)[0] in wanted)


def test_the_plain_installation_is_enough_for_the_hook(tmp_path: Path) -> None:
    requirements = tmp_path / "light.txt"
    requirements.write_text(light_requirements(), encoding="utf-8")
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", tmp_path, ROOT], check=True)
    (wheel,) = tmp_path.glob("streamflix-*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    light = tmp_path / "venv/bin/python"
    install = [*pip, "--python", light, "install", "--no-deps"]
    subprocess.run([*install, "--require-hashes", "-r", requirements], check=True)
    subprocess.run([*install, wheel], check=True)
    assert subprocess.run([light, "-c", "import cdktf"], capture_output=True, check=False).returncode == 1

    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    entry = [tmp_path / "venv/bin" / HOOK["entry"].split()[0], *HOOK["entry"].split()[1:]]
    changed = ["configs/base.yaml", "configs/pr.yaml"]
    done = subprocess.run([*entry, *changed], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "6 profiles valid.\n")

    broken = (tmp_path / "configs/base.yaml").read_text(encoding="utf-8").replace("memory: 4096", "memory: 5000")
    (tmp_path / "configs/base.yaml").write_text(broken, encoding="utf-8")
    done = subprocess.run([*entry, *changed], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "configs/base.yaml:27:11: error SFX317" in done.stdout


def test_no_heavy_package_belongs_to_the_plain_installation() -> None:
    packages = re.findall(r"^([a-z0-9-]+)==", light_requirements(), re.MULTILINE)
    assert {"typer", "rich", "pyyaml", "pydantic"} <= set(packages)
    assert not {"cdktf", "boto3", "moto", "jsii", "psutil"} & set(packages)
