"""A state that has lost things of the whole stack: the next deploy finds each of them again, and changes nothing."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Project
from tests.soak.test_kills import SUFFIX, whole_environment

Resource = dict[str, Any]

pytestmark = pytest.mark.soak


def test_what_the_state_has_lost_is_found_again(project: Project) -> None:
    environment = whole_environment(project)
    state = project.workspace(SUFFIX) / "terraform.tfstate"
    deployed = environment.run("deploy")
    assert deployed.code == 0, deployed.out
    assert environment.unknown() == []
    ids = identifiers(state)

    draw = random.Random(15)
    losses: tuple[Callable[[Resource], bool], ...] = (lambda _: draw.random() < 0.5, lambda _: True)
    for is_lost in losses:
        forget(state, is_lost)
        found = environment.run("deploy")
        assert found.code == 0, found.out
        assert environment.unknown() == []
        assert identifiers(state) == ids
        planned = environment.run("plan")
        assert (planned.code, json.loads(planned.out)["data"]["changes"]) == (0, []), planned.out


def forget(state: Path, is_lost: Callable[[Resource], bool]) -> None:
    """Takes resources out of a state, as if it had never learned of them."""
    document = json.loads(state.read_bytes())
    kept = [one for one in document["resources"] if one["mode"] != "managed" or not is_lost(one)]
    state.write_text(json.dumps({**document, "resources": kept}))


def identifiers(state: Path) -> dict[str, str]:
    """Terraform's id of each address; of a secret's version, which is made anew of the same value, the secret's."""
    return {
        f"{one['type']}.{one['name']}": instance["attributes"]["id"].partition("|")[0]
        for one in json.loads(state.read_bytes())["resources"]
        if one["mode"] == "managed"
        for instance in one["instances"]
    }
