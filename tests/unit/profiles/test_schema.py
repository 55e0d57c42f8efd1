"""The JSON Schema for editors, and the profiles that come with the project."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from streamflix_cli.profiles.catalogue import Catalogue
from streamflix_cli.profiles.checking import check
from streamflix_cli.profiles.provenance import resolve
from streamflix_cli.profiles.schema import json_schema
from streamflix_cli.profiles.selection import select
from streamflix_cli.ui.config import as_json, as_yaml

ROOT = Path(__file__).parents[3]
PROFILES = sorted((ROOT / "configs").glob("*.yaml"))
ENVIRONMENTS = ["dev", "staging", "prod", "pr123", "local"]


def accepts(document: Any) -> bool:
    return jsonschema.Draft202012Validator(json_schema()).is_valid(document)


def test_the_committed_schema_is_in_step_with_the_models() -> None:
    committed = (ROOT / "configs/profile.schema.json").read_text(encoding="utf-8")
    assert committed == as_json(json_schema()) + "\n", "run: streamflix config schema > configs/profile.schema.json"


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_every_profile_fits_the_schema_and_tells_editors_of_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=profile.schema.json\n")
    jsonschema.validate(yaml.safe_load(text), json_schema())


def test_the_schema_knows_what_the_models_know() -> None:
    assert accepts({"extends": "base", "match": "pr[0-9]+", "network": {"availability_zones": 3}})
    assert not accepts({"netwrok": {}})
    assert not accepts({"network": {"availability_zones": 4}})
    assert not accepts({"monitoring": {"log_retention_days": 31}})
    assert not accepts({"extends": ["base"]})


def test_the_schema_demands_of_a_file_only_what_it_cannot_inherit() -> None:
    assert accepts({"compliance": {"data_residency": {"reference": "DPA-1"}}})
    assert not accepts({"processing": {"ladder": [{"height": 720}]}})


def test_the_shipped_profiles_are_valid_and_without_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    report = check([])
    assert [path.stem for path in map(Path, report.files)] == ["base", "dev", "local", "pr", "prod", "staging"]
    assert report.diagnostics == []


def test_the_shipped_environments_serve_their_purpose() -> None:
    by_name = {name: select(name, root=ROOT).profile for name in ENVIRONMENTS}
    assert {name for name, profile in by_name.items() if profile.environment.protected} == {"prod"}
    assert {name for name, profile in by_name.items() if profile.environment.ephemeral} == {"pr123", "local"}
    assert {name for name, profile in by_name.items() if profile.aws.endpoint == "local"} == {"local"}
    assert {profile.aws.region for profile in by_name.values()} == {"us-east-1"}
    assert by_name["prod"].state.backend == "s3"
    assert len({profile.model_dump_json() for profile in by_name.values()}) == len(ENVIRONMENTS)
    assert len({profile.network.cidr for profile in by_name.values()}) == len(ENVIRONMENTS)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_a_resolved_profile_read_again_is_the_same_profile(name: str, tmp_path: Path) -> None:
    selection = select(name, root=ROOT)
    (tmp_path / f"{name}.yaml").write_text(as_yaml(resolve(selection, "")), encoding="utf-8")
    again = Catalogue(tmp_path).get(name).profile
    assert again is not None
    environment = again.environment.model_copy(update={"suffix": selection.profile.environment.suffix})
    assert again.model_copy(update={"environment": environment}) == selection.profile


def test_each_value_is_traced_to_the_line_that_set_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    origins = resolve(select("pr123", root=ROOT), "configs/pr.yaml").provenance
    for path, text in {
        "environment.ttl": "ttl: 72h",
        "database.min_acu": "min_acu: 0",
        "aws.region": "region: us-east-1",
        "processing.ladder.1.height": "height: 360",
    }.items():
        file, _, line = origins[path].rpartition(":")
        assert text in (ROOT / file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert origins["database.port"] == "default"
    assert origins["environment.suffix"] == "name of the environment"
