"""The documentation's commands, run as they stand there."""

import re
import shlex
from pathlib import Path

from tests.e2e.conftest import REPOSITORY, Project

CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]+\]\(([^)#:]+)\)")
CODE_PATH = re.compile(r"`((?:lib|streamflix_cli|tests)/[\w./-]+)`")


def commands(document: Path) -> list[str]:
    """What stands after a `$` in the console blocks."""
    blocks = CONSOLE.findall(document.read_text())
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def test_the_infrastructure_documentation_does_what_it_says(project: Project) -> None:
    found = commands(REPOSITORY / "lib" / "README.md")
    assert [command.split()[1] for command in found] == ["synth", "plan", "deploy", "destroy", "local"]
    for command in found:
        program, *arguments = shlex.split(command)
        assert program == "streamflix"
        done = project.streamflix(*arguments)
        assert done.code == 0, f"{command}\n{done.err}"


def test_the_documentation_names_only_files_that_exist() -> None:
    for document in (REPOSITORY / "README.md", REPOSITORY / "lib" / "README.md"):
        text = document.read_text()
        for link in LINK.findall(text):
            assert (document.parent / link).exists(), f"{document.name}: {link}"
        for path in CODE_PATH.findall(text):
            assert (REPOSITORY / path).exists(), f"{document.name}: {path}"


def test_the_infrastructure_documentation_lists_every_file_of_the_stack() -> None:
    text = (REPOSITORY / "lib" / "README.md").read_text()
    for file in (REPOSITORY / "lib").glob("*.py"):
        group = re.sub(r"^task_\w+", "task_*", file.stem)
        assert file.stem == "__init__" or f"`{group}.py`" in text, file.name


def test_the_readme_presents_every_shipped_profile() -> None:
    presented = re.findall(r"^\| `configs/(\w+)\.yaml` \|", (REPOSITORY / "README.md").read_text(), re.MULTILINE)
    assert sorted(presented) == sorted(file.stem for file in (REPOSITORY / "configs").glob("*.yaml"))
