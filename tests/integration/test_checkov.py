"""Checkov's opinion of the production stack, against the committed list of answered checks."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from lib.cdk import App
from lib.tap_stack import TapStack
from streamflix_cli.profiles.selection import select

ROOT = Path(__file__).parents[2]
CHECKOV = ROOT / ".tools" / "checkov" / "bin" / "checkov"
CONFIG = ROOT / ".checkov.yaml"


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Resources by id of the check that they fail, with no check left out."""
    out = tmp_path_factory.mktemp("checkov")
    prod = select("prod", root=ROOT)
    app = App(outdir=str(out))
    TapStack(app, "prod", profile=prod.profile, environment_suffix=prod.suffix)
    app.synth()
    stack = out / "stacks" / "prod"
    command = [
        str(CHECKOV),
        "--directory",
        str(stack),
        "--framework",
        "terraform_json",
        "--skip-download",
        "--output",
        "json",
    ]
    # Elsewhere than in the project, whose .checkov.yaml it would pick up.
    done = subprocess.run(command, cwd=out, capture_output=True, text=True, check=False)
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["summary"]["passed"] > 300, done.stderr
    found: dict[str, list[str]] = {}
    for check in report["results"]["failed_checks"]:
        found.setdefault(check["check_id"], []).append(check["resource"])
    return found


def listed() -> list[str]:
    checks: list[str] = yaml.safe_load(CONFIG.read_text())["skip-check"]
    return checks


def test_no_check_fails_that_is_not_listed(failed: dict[str, list[str]]) -> None:
    assert {check: failed[check] for check in failed if check not in listed()} == {}


def test_no_check_is_listed_that_passes(failed: dict[str, list[str]]) -> None:
    assert sorted(set(listed()) - set(failed)) == []


def test_every_listed_check_has_its_reason() -> None:
    lines = CONFIG.read_text().splitlines()
    for check in listed():
        line = next(line for line in lines if check in line)
        assert re.search(r"# .{30,}", line), line
