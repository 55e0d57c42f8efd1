"""What a profile's file may hold: every refusal has its rule and its exact place."""

from pathlib import Path

import pytest
import yaml

from streamflix_cli.profiles import nodes
from tests.unit.profiles.marked import check_files, found

LOCAL = "aws: {endpoint: local}\n"

FAULTS = {
    "a key that stands twice": ("SFX107", LOCAL + "network:\n  availability_zones: 2\n  §availability_zones: 3\n"),
    "a section that stands twice": ("SFX107", LOCAL + "state: {backend: local}\n§state: {backend: local}\n"),
    "yes for true": ("SFX108", LOCAL + "environment:\n  ephemeral: §yes\n"),
    "Norway": ("SFX108", LOCAL + "compliance:\n  provider: {seat: §NO}\n"),
    "Norway as a key": ("SFX108", LOCAL + "compliance:\n  rating_systems:\n    §NO: medietilsynet\n"),
    "an octal number": ("SFX108", LOCAL + "monitoring:\n  worker_errors_per_5_minutes: §0123\n"),
    "a number with a leading zero that is not octal": ("SFX108", "aws: {endpoint: local, account_id: §089456789012}\n"),
    "a sexagesimal number": ("SFX108", LOCAL + "database:\n  backup_window: §12:30\n"),
    "a date": ("SFX108", LOCAL + "environment:\n  tags: {since: §2025-01-31}\n"),
    "an underscore in a number": ("SFX108", LOCAL + "ingest:\n  max_streamed_bytes: §1_000\n"),
    "a hexadecimal number": ("SFX108", LOCAL + "ingest:\n  max_streamed_bytes: §0x1F\n"),
    "an exponent that only some versions read": ("SFX108", LOCAL + "ingest:\n  max_streamed_bytes: §1e3\n"),
    "infinity": ("SFX108", LOCAL + "database:\n  max_acu: §.inf\n"),
    "a merge key": ("SFX109", LOCAL + "state:\n  §<<: {backend: local}\n"),
    "a list as a key": ("SFX109", LOCAL + "state:\n  ? §[a]\n  : 1\n"),
    "a tag": ("SFX110", LOCAL + "environment:\n  owner: §!secret abc\n"),
    "a tag for another type": ("SFX110", LOCAL + "environment:\n  owner: §!!int '12'\n"),
    "a tab for indentation": ("SFX103", "state:\n§\tbackend: local\n"),
    "a bracket left open": ("SFX103", "aws: {endpoint: local\nstate§: {}\n"),
    "an unknown alias": ("SFX103", "aws: §*nowhere\n"),
    "two documents": ("SFX106", LOCAL + "§---\nstate: {}\n"),
    "a list for a profile": ("SFX105", "§- aws\n"),
    "one value for a profile": ("SFX105", "§aws\n"),
    "a control character": ("SFX102", "aws: {endpoint: §\x07local}\n"),
    "a regular expression that is none": ("SFX113", LOCAL + "match: §'pr['\n"),
    "a number as regular expression": ("SFX113", LOCAL + "match: §12\n"),
    "a list of parents": ("SFX111", LOCAL + "extends: §[base]\n"),
    "a parent that does not exist": ("SFX111", LOCAL + "extends: §bse\n"),
    "itself as parent": ("SFX112", LOCAL + "extends: §dev\n"),
    "an alias that contains itself": ("SFX104", "environment: §&a\n  tags: *a\n"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_of_the_file_is_told_where_it_stands(case: str, project: Path) -> None:
    rule, text = FAULTS[case]
    report, marks = check_files(project, {"dev": text})
    assert len(marks) == 1
    assert (rule, marks[0]) in found(report)


def test_the_first_position_of_a_repeated_key_is_named(project: Path) -> None:
    report, _ = check_files(project, {"dev": LOCAL + "state:\n    backend: local\n    backend: s3\n"})
    assert report.diagnostics[0].message == "`backend` stands twice: first in line 3, column 5."


def test_quotes_keep_text_text(project: Path) -> None:
    text = LOCAL + 'environment:\n  tags: {a: "0123", b: "NO", c: "2025-01-31", d: "12:30", e: "1e3"}\n'
    report, _ = check_files(project, {"dev": text})
    assert report.diagnostics == []


def test_text_that_merely_begins_with_a_digit_needs_no_quotes(project: Path) -> None:
    report, _ = check_files(project, {"dev": LOCAL + "environment:\n  ephemeral: true\n  ttl: 72h\n"})
    assert report.diagnostics == []


def test_an_account_number_without_quotes_is_asked_to_wear_them(project: Path) -> None:
    report, marks = check_files(project, {"dev": "aws:\n  endpoint: local\n  account_id: §123456789012\n"})
    assert found(report) == [("SFX203", marks[0])]
    assert report.diagnostics[0].suggestion == "Put it in quotes."


def test_a_byte_that_is_not_utf8_is_found(project: Path) -> None:
    (project / "configs/dev.yaml").write_bytes("aws:\n  endpoint: lö".encode("latin-1"))
    report, _ = check_files(project, {})
    assert found(report) == [("SFX102", ("configs/dev.yaml", 2, 14))]


def test_a_byte_order_mark_is_no_part_of_the_first_key(project: Path) -> None:
    (project / "configs/dev.yaml").write_bytes(b"\xef\xbb\xbf" + LOCAL.encode())
    report, _ = check_files(project, {})
    assert report.diagnostics == []


def test_windows_line_ends_do_not_move_positions(project: Path) -> None:
    (project / "configs/dev.yaml").write_bytes(b"aws:\r\n  endpoint: local\r\nstate:\r\n  backend: gcs\r\n")
    report, _ = check_files(project, {})
    assert found(report) == [("SFX204", ("configs/dev.yaml", 4, 12))]


def test_an_empty_file_is_no_profile(project: Path) -> None:
    report, _ = check_files(project, {"dev": ""})
    assert found(report) == [("SFX105", ("configs/dev.yaml", 1, 1))]


def test_a_folder_in_place_of_a_file_cannot_be_read(project: Path) -> None:
    (project / "configs/dev.yaml").mkdir()
    report, _ = check_files(project, {}, ["configs"])
    assert found(report) == [("SFX101", ("configs/dev.yaml", 1, 1))]
    assert "directory" in report.diagnostics[0].message


def test_a_file_that_is_not_there_cannot_be_read(project: Path) -> None:
    report, _ = check_files(project, {}, ["configs/nowhere.yaml"])
    assert found(report) == [("SFX101", ("configs/nowhere.yaml", 1, 1))]


def test_a_huge_file_is_refused_unread(project: Path) -> None:
    (project / "configs/dev.yaml").write_text("# " + "x" * nodes.MAX_BYTES, encoding="utf-8")
    report, _ = check_files(project, {})
    assert [one.rule for one in report.diagnostics] == ["SFX104"]


def test_aliases_of_aliases_are_bounded(project: Path) -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    report, _ = check_files(project, {"dev": "\n".join(levels)})
    assert [one.rule for one in report.diagnostics] == ["SFX104"]


@pytest.mark.parametrize("depth", [100, 5_000, 100_000])
def test_absurd_nesting_is_bounded(depth: int, project: Path) -> None:
    report, _ = check_files(project, {"dev": "aws: " + "[" * depth + "]" * depth})
    assert [one.rule for one in report.diagnostics] in (["SFX104"], ["SFX103"])


def test_both_parsers_of_pyyaml_give_the_same_tree(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "aws:\n  endpoint: local\nenvironment: {ephemeral: yes, tags: {a: 'x', b: 012}}\n"
    by_c, _ = check_files(project, {"dev": text})
    monkeypatch.setattr(nodes, "Loader", yaml.SafeLoader)
    by_python, _ = check_files(project, {"dev": text})
    assert by_c == by_python
    assert len(by_c.diagnostics) > 1


@pytest.mark.parametrize("loader", [nodes.Loader, yaml.SafeLoader])
@pytest.mark.parametrize("escape", ["\\ud800", "\\0", "\\e[31m", "\\u2028", "\\U0001F3AC"])
def test_escapes_in_values_reach_no_terminal(
    escape: str, loader: type[yaml.SafeLoader], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes, "Loader", loader)
    text = f'{LOCAL}state:\n  backend: "{escape}"\nenvironment:\n  owner: "{escape}"\n  tags: {{a: "{escape}"}}\n'
    report, _ = check_files(project, {"dev": f'{text}"{escape}": 1\n'})
    assert report.count("error")
    for one in report.diagnostics:
        one.describe().encode()
        assert one.message.isprintable()
        assert one.line > 1
