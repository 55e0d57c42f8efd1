"""`extends`: what is inherited, and where it is said to come from."""

from pathlib import Path

from streamflix_cli.profiles.selection import select
from tests.unit.profiles.marked import check_files, found, write

BASE = "aws: {endpoint: local}\n"


def test_maps_merge_in_depth_and_lists_replace(project: Path) -> None:
    write(
        project,
        {
            "base": BASE
            + "environment: {tags: {a: '1', b: '1'}}\nsecrets: {api_keys: [one, two]}\n"
            + "database: {min_acu: 1, readers: 2}\n",
            "dev": "extends: base\nenvironment: {tags: {b: '2', c: '2'}}\nsecrets: {api_keys: [three]}\n"
            "database: {readers: 0}\n",
        },
    )
    profile = select("dev", root=project).profile
    assert profile.environment.tags == {"a": "1", "b": "2", "c": "2"}
    assert profile.secrets.api_keys == ("three",)
    assert (profile.database.min_acu, profile.database.readers) == (1, 0)


def test_null_takes_back_what_is_inherited(project: Path) -> None:
    write(project, {"base": BASE + "ingest: {shard_count: 3}\n", "dev": "extends: base\ningest: {shard_count: null}\n"})
    assert select("dev", root=project).profile.ingest.shard_count is None


def test_a_wrong_value_is_told_where_it_is_inherited_from_and_once(project: Path) -> None:
    report, marks = check_files(
        project,
        {
            "base": BASE + "processing:\n  cpu: 256\n  memory: §5000\n",
            "dev": "extends: base\n",
            "pr": "extends: dev\nmatch: pr[0-9]+\n",
        },
    )
    assert found(report) == [("SFX317", marks[0])]


def test_a_rule_broken_by_child_and_parent_together_is_told_at_the_child(project: Path) -> None:
    report, marks = check_files(
        project,
        {"base": BASE + "processing: {cpu: 256, memory: 512}\n", "dev": "extends: base\nprocessing:\n  cpu: §4096\n"},
    )
    assert found(report) == [("SFX317", marks[0])]


def test_a_circle_is_told_where_it_closes(project: Path) -> None:
    report, marks = check_files(
        project, {"a": "extends: b\n", "b": "extends: c\n", "c": "extends: §a\n"}, ["configs/a.yaml"]
    )
    assert ("SFX112", marks[0]) in found(report)
    assert any("a -> b -> c -> a" in one.message for one in report.diagnostics)


def test_a_missing_parent_is_told_with_the_name_that_is_near(project: Path) -> None:
    report, _ = check_files(project, {"base": BASE, "dev": "extends: bsae\n"})
    assert [one.suggestion for one in report.diagnostics] == ["Did you mean `base`?"]


def test_a_parent_outside_the_folder_is_refused(project: Path) -> None:
    (project / "other.yaml").write_text(BASE, encoding="utf-8")
    report, marks = check_files(project, {"dev": "extends: §../other\n"})
    assert found(report) == [("SFX111", marks[0])]


def test_match_is_not_inherited(project: Path) -> None:
    write(project, {"pr": BASE + "match: pr[0-9]+\n", "fork": "extends: pr\n"})
    assert select("fork", root=project).path.name == "fork.yaml"
