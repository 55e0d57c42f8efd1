"""`streamflix config` as it is installed."""

import json
import subprocess
import sys
from pathlib import Path

import yaml

STREAMFLIX = Path(sys.executable).parent / "streamflix"
ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [STREAMFLIX, "config", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={"PATH": "/usr/bin:/bin"},
    )


def test_show_prints_yaml_and_provenance_adds_comments_only() -> None:
    plain = run("show", "--env", "pr123")
    traced = run("show", "--env", "pr123", "--provenance")
    assert (plain.returncode, plain.stderr) == (0, "")
    assert yaml.safe_load(plain.stdout)["environment"]["suffix"] == "pr123"
    assert yaml.safe_load(traced.stdout) == yaml.safe_load(plain.stdout)
    (ttl,) = [line for line in traced.stdout.splitlines() if "ttl:" in line]
    assert "# configs/pr.yaml:" in ttl


def test_show_tells_the_origin_of_every_value_in_json() -> None:
    data = json.loads(run("show", "--env", "prod", "--json").stdout)["data"]
    assert data["file"] == "configs/prod.yaml"
    assert data["profile"]["environment"]["protected"] is True
    assert data["provenance"]["environment.protected"].startswith("configs/prod.yaml:")
    assert data["provenance"]["network.nat_gateways"].startswith("configs/prod.yaml:")
    assert data["provenance"]["processing.min_tasks"].startswith("configs/prod.yaml:")
    assert data["provenance"]["database.engine_version"].startswith("configs/base.yaml:")


def test_show_without_environment_lists_the_known_ones() -> None:
    done = run("show")
    assert done.returncode == 2
    assert "dev, local, prod, staging and what matches pr[0-9]+" in done.stderr


def test_schema_prints_what_is_committed() -> None:
    assert run("schema").stdout == (ROOT / "configs/profile.schema.json").read_text(encoding="utf-8")


def test_schema_lists_the_rules() -> None:
    assert "SFX317  CPU and memory are one of Fargate's combinations." in run("schema", "--rules").stdout
    assert {rule["id"] for rule in json.loads(run("schema", "--rules", "--json").stdout)["data"]["rules"]} > {"SFX317"}
