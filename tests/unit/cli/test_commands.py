"""What holds for every command, whichever it is."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from streamflix_cli.main import app


def leaf_commands(group: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from leaf_commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


ROOT = Path(__file__).parents[3]
COMMANDS = dict(leaf_commands(typer.main.get_command(app), ("streamflix",)))


def test_the_commands_of_the_product_are_there() -> None:
    expected = {
        "validate-config", "config show", "config schema", "synth", "plan", "deploy", "destroy",
        "local up", "local down", "local status",
        "ingest", "jobs list", "jobs show", "jobs cancel", "jobs retry", "jobs redrive", "logs", "status", "open",
        "compliance verify-audit",
    }  # fmt: skip
    assert {f"streamflix {name}" for name in expected} <= set(COMMANDS)


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_speaks_json(path: str) -> None:
    options = {option for parameter in COMMANDS[path].params for option in parameter.opts}
    assert "--json" in options


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_has_help_with_an_example_of_itself(path: str) -> None:
    help_text = re.sub(r"\s+", " ", COMMANDS[path].help or "")
    assert len(help_text) > 40
    assert re.search(rf"Example: .*{re.escape(path)}", help_text), help_text


@pytest.mark.parametrize("path", COMMANDS)
def test_every_option_is_explained(path: str) -> None:
    for parameter in COMMANDS[path].params:
        assert getattr(parameter, "help", None), f"{path}: {parameter.name}"


LIGHT_INSTALL = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"boto3", "botocore", "cdktf", "constructs", "jsii", "moto", "psutil"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
from streamflix_cli.main import run
run()
"""


def light_streamflix(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the program as the default install has it: without what the extras bring."""
    return subprocess.run(
        [sys.executable, "-c", LIGHT_INSTALL, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("path", COMMANDS)
def test_help_needs_nothing_but_the_light_install(path: str) -> None:
    shown = light_streamflix(*path.split()[1:], "--help")
    assert shown.returncode == 0, shown.stderr
    assert "Example:" in shown.stdout


def test_a_command_that_needs_an_extra_says_which_to_install() -> None:
    refused = light_streamflix("deploy", "--env", "dev")
    assert refused.returncode == 1
    assert "MISSING_EXTRA" in refused.stderr
    assert "streamflix[deploy,local]" in refused.stderr
