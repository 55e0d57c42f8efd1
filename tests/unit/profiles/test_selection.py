"""From `--env` to a profile."""

from pathlib import Path

import pytest

from streamflix_cli.errors import StreamflixError
from streamflix_cli.profiles.selection import select
from streamflix_cli.project import find_root
from tests.unit.profiles.marked import check_files, found, write

LOCAL = "aws: {endpoint: local}\n"
FILES = {
    "base": LOCAL,
    "dev": "extends: base\n",
    "blue": "extends: base\nenvironment: {suffix: b1}\n",
    "pr": "extends: base\nmatch: 'pr[0-9]+'\nenvironment: {ephemeral: true}\n",
}


@pytest.fixture
def root(project: Path) -> Path:
    write(project, FILES)
    return project


def refused(env: str | None, root: Path, deployed: tuple[str, ...] = ()) -> StreamflixError:
    with pytest.raises(StreamflixError) as caught:
        select(env, root=root, deployed=deployed)
    assert caught.value.exit_code == 2
    assert caught.value.hint
    return caught.value


def test_the_suffix_is_the_name_unless_the_profile_sets_one(root: Path) -> None:
    assert select("dev", root=root).suffix == "dev"
    assert select("blue", root=root).suffix == "b1"


def test_a_pattern_stands_for_every_name_that_it_matches_as_a_whole(root: Path) -> None:
    selection = select("pr123", root=root)
    assert (selection.name, selection.suffix, selection.path.name) == ("pr123", "pr123", "pr.yaml")
    assert selection.profile.environment.ephemeral
    for name in ("pr", "pr12x", "xpr12", "pr12\n"):
        assert refused(name, root).code == "ENVIRONMENT_UNKNOWN"


def test_a_file_of_the_exact_name_comes_before_a_pattern(root: Path) -> None:
    write(root, {"pr7": "extends: base\n"})
    assert select("pr7", root=root).path.name == "pr7.yaml"


def test_two_patterns_for_one_name_are_refused(root: Path) -> None:
    write(root, {"review": "extends: base\nmatch: 'pr.*'\n"})
    error = refused("pr123", root)
    assert error.code == "ENVIRONMENT_UNKNOWN"
    assert "pr, review" in error.message


def test_without_a_name_the_known_and_the_deployed_environments_are_listed(root: Path) -> None:
    error = refused(None, root, ("dev", "pr9"))
    assert error.code == "ENVIRONMENT_REQUIRED"
    assert error.message == ("No environment given. Known: blue, dev and what matches pr[0-9]+. Deployed: dev, pr9.")
    assert refused("", root).code == "ENVIRONMENT_REQUIRED"


def test_an_unknown_name_is_answered_with_the_known_ones_and_the_one_that_is_near(root: Path) -> None:
    error = refused("dve", root)
    assert "Known: blue, dev and what matches pr[0-9]+." in error.message
    assert error.hint == "Did you mean `dev`?"


@pytest.mark.parametrize("name", ["base", "../secret", "/etc/passwd", "dev.yaml", ".", "x" * 500])
def test_what_is_no_environment_is_unknown(name: str, root: Path) -> None:
    assert refused(name, root).code == "ENVIRONMENT_UNKNOWN"


def test_a_matching_name_that_is_too_long_for_a_suffix_is_refused(root: Path) -> None:
    assert "at most 20 characters" in refused("pr" + "1" * 19, root).message
    assert select("pr" + "1" * 18, root=root).suffix == "pr" + "1" * 18


def test_an_invalid_profile_is_refused_with_its_diagnostics(root: Path) -> None:
    write(root, {"dev": "extends: base\nprocessing: {cpu: 256, memory: 5000}\n"})
    error = refused("dev", root)
    assert error.code == "INVALID_PROFILE"
    assert "configs/dev.yaml:2:32: error SFX317:" in error.message
    assert "^^^^" in error.message
    assert isinstance(error.data, dict)
    assert [one["rule"] for one in error.data["diagnostics"]] == ["SFX317"]


def test_another_profile_that_is_broken_stands_in_nobodys_way(root: Path) -> None:
    write(root, {"broken": "extends: [\n", "worse": "match: '['\nextends: base\n"})
    assert select("dev", root=root).name == "dev"
    assert select("pr1", root=root).name == "pr1"


def test_warnings_come_with_the_selection(root: Path) -> None:
    write(root, {"abroad": "aws: {region: us-east-1}\n"})
    assert [one.rule for one in select("abroad", root=root).warnings] == ["SFX330"]


def test_two_environments_with_one_suffix_are_an_error_of_both_runs(root: Path) -> None:
    report, marks = check_files(root, dict.fromkeys(("blue", "green"), "extends: base\nenvironment:\n  suffix: §b1\n"))
    assert found(report) == [("SFX403", marks[0]), ("SFX403", marks[1])]
    assert "`green`" in report.diagnostics[0].message
    assert refused("green", root).code == "INVALID_PROFILE"
    assert refused("blue", root).code == "INVALID_PROFILE"


def test_a_suffix_that_a_pattern_could_produce_is_refused(root: Path) -> None:
    report, marks = check_files(root, {"green": "extends: base\nenvironment:\n  suffix: §pr77\n"})
    assert found(report) == [("SFX403", marks[0])]


def test_a_pattern_with_a_fixed_suffix_is_refused(root: Path) -> None:
    report, marks = check_files(
        root, {"pr": FILES["pr"] + "  #\n", "fork": "extends: base\nmatch: fork.+\nenvironment: {suffix: §x}\n"}
    )
    assert found(report) == [("SFX402", marks[0])]


def test_a_file_whose_name_can_be_no_suffix_is_refused(root: Path) -> None:
    report, marks = check_files(root, {"My_Env": "§extends: base\n"})
    assert found(report) == [("SFX401", marks[0])]


def test_a_file_that_ends_in_yml_is_pointed_out(root: Path) -> None:
    (root / "configs/old.yml").write_text(LOCAL, encoding="utf-8")
    report, _ = check_files(root, {})
    assert [(one.rule, one.severity) for one in report.diagnostics] == [("SFX404", "warning")]


def test_children_of_a_changed_parent_are_validated_and_nothing_else(root: Path) -> None:
    report, _ = check_files(root, {"alone": LOCAL, "grandchild": "extends: dev\n"}, ["configs/dev.yaml"])
    assert report.files == ["configs/dev.yaml", "configs/grandchild.yaml"]


def test_the_root_is_the_nearest_folder_above_with_configs(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = root / "a" / "b"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert find_root() == root.resolve()
    with pytest.raises(StreamflixError) as caught:
        find_root(Path("/"))
    assert (caught.value.code, caught.value.exit_code) == ("PROJECT_NOT_FOUND", 2)
