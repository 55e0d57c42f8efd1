"""What holds for every command, whichever it is."""

import re
from collections.abc import Iterator
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


COMMANDS = dict(leaf_commands(typer.main.get_command(app), ("streamflix",)))


def test_the_commands_of_the_product_are_there() -> None:
    expected = {
        "validate-config", "config show", "config schema", "synth", "plan", "deploy", "destroy",
        "local up", "local down", "local status",
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
