"""Whatever stands in a profile: never a traceback, always diagnostics with positions inside the file."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings, strategies as st

from lib.profile import Profile
from streamflix_cli.profiles.catalogue import Catalogue
from streamflix_cli.profiles.nodes import LINE_BREAK
from streamflix_cli.profiles.rules import all_rules

RULES = {rule.id for rule in all_rules().rules}
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

SECTIONS = list(Profile.model_fields)
FIELDS = sorted({name for field in Profile.model_fields.values() for name in field.annotation.model_fields})  # type: ignore[union-attr]
WORDS = [
    "none", "s3", "local", "aws", "NO", "16.3", "10.0.0.0/16", "pr[0-9]+", "base", "72h", "sqs",
    "on_demand", "\x1b[31m", "02:00-03:00", "sun:02:00-sun:03:00", "https://a.example", "24:00-99:99", "<<", "dev",
]  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(0, 9000)
    | st.floats()
    | st.text()
    | st.sampled_from(WORDS)
    | st.dates()
    | st.binary(max_size=8)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
SECTION = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=5) | VALUES
STRUCTURES = st.dictionaries(st.sampled_from([*SECTIONS, "extends", "match"]), SECTION, max_size=6)
YAML_TEXT = st.text(
    alphabet=st.sampled_from(list("abc: -?[]{}#&*!|>'\"%@`,\n\t\r\\0123.~<=\x00\x85\u2028é🎬")), max_size=80
)


def assert_well_told(folder: Path, content: bytes) -> None:
    path = folder / "dev.yaml"
    path.write_bytes(content)
    checked = Catalogue(folder).get("dev")
    lines = LINE_BREAK.split(content.decode("utf-8-sig", errors="replace"))
    for one in checked.diagnostics:
        assert one.rule in RULES
        assert 1 <= one.line <= len(lines)
        assert 1 <= one.column <= len(lines[one.line - 1]) + 1
        assert one.message
        assert one.describe()
    assert (checked.profile is None) <= any(one.severity == "error" for one in checked.diagnostics)


@FUZZ
@given(text=YAML_TEXT)
def test_any_text(text: str, tmp_path: Path) -> None:
    assert_well_told(tmp_path, text.encode())


@FUZZ
@given(content=st.binary(max_size=60))
def test_any_bytes(content: bytes, tmp_path: Path) -> None:
    assert_well_told(tmp_path, content)


@FUZZ
@given(document=STRUCTURES)
def test_any_structure_in_the_shape_of_a_profile(document: dict[str, Any], tmp_path: Path) -> None:
    assert_well_told(tmp_path, yaml.safe_dump(document, allow_unicode=True).encode("utf-8", errors="replace"))


@FUZZ
@given(data=st.data())
def test_any_single_value_of_a_valid_profile_replaced(data: st.DataObject, tmp_path: Path) -> None:
    document: dict[str, Any] = Profile().model_dump(mode="json")
    section = data.draw(st.sampled_from(SECTIONS))
    field = data.draw(st.sampled_from(list(document[section])))
    document[section][field] = data.draw(VALUES)
    assert_well_told(tmp_path, yaml.safe_dump(document, allow_unicode=True).encode("utf-8", errors="replace"))


@FUZZ
@given(text=YAML_TEXT, parent=YAML_TEXT)
def test_any_parent(text: str, parent: str, tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_bytes(parent.encode())
    (tmp_path / "dev.yaml").write_bytes(f"extends: base\n{text}".encode())
    catalogue = Catalogue(tmp_path)
    assert {one.rule for one in catalogue.get("dev").diagnostics} <= RULES
    assert {one.rule for one in catalogue.together()} <= RULES


@pytest.mark.parametrize("pattern", ["(" * 5000, "a{99999999999}", "(?P<x", "[z-a]", "\\"])
def test_any_regular_expression(pattern: str, tmp_path: Path) -> None:
    assert_well_told(tmp_path, yaml.safe_dump({"match": pattern}).encode())
