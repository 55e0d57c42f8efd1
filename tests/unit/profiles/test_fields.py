"""Single fields: type, allowed values, range and form, each at its exact place."""

from pathlib import Path

import pytest

from tests.unit.profiles.marked import check_files, found

LOCAL = "aws: {endpoint: local}\n"

FAULTS = {
    "an unknown section": ("SFX201", LOCAL + "§netwrok: {}\n", "Did you mean `network`?"),
    "an unknown key": ("SFX201", LOCAL + "network:\n  §nat_gateway: none\n", "Did you mean `nat_gateways`?"),
    "an unknown key of a rung": (
        "SFX201",
        LOCAL + "processing:\n  ladder:\n    - {height: 720, bitrate_kbps: 900, max_bitrate_kbps: 900, §codek: av1}\n",
        "Did you mean `codec`?",
    ),
    "an unknown key far from all": (
        "SFX201",
        LOCAL + "state:\n  §zzz: 1\n",
        "Known here: backend, bucket, region.",
    ),
    "a missing key": (
        "SFX202",
        LOCAL + "processing:\n  ladder:\n    - §{height: 720, bitrate_kbps: 900}\n",
        None,
    ),
    "text for a number": ("SFX203", LOCAL + "processing:\n  max_tasks: §many\n", None),
    "a number in quotes": ("SFX203", LOCAL + "processing:\n  max_tasks: §'4'\n", None),
    "a number for text": ("SFX203", LOCAL + "database:\n  engine_version: §16.6\n", "Put it in quotes."),
    "a fraction for a whole number": ("SFX203", LOCAL + "processing:\n  max_tasks: §1.5\n", None),
    "a list for a section": ("SFX203", LOCAL + "§state: [local]\n", None),
    "nothing for a section": ("SFX203", LOCAL + "§state:\n", None),
    "a map for a list": ("SFX203", LOCAL + "secrets:\n  §api_keys: {a: b}\n", None),
    "a value that is not allowed": ("SFX204", LOCAL + "state:\n  backend: §locl\n", "Did you mean `local`?"),
    "a log retention that CloudWatch lacks": ("SFX204", LOCAL + "monitoring:\n  log_retention_days: §31\n", None),
    "too few": ("SFX205", LOCAL + "ingest:\n  retention_hours: §23\n", None),
    "too many": ("SFX205", LOCAL + "ingest:\n  retention_hours: §8761\n", None),
    "between the steps": ("SFX205", LOCAL + "database:\n  max_acu: §1.3\n", None),
    "an empty ladder": ("SFX205", LOCAL + "processing:\n  §ladder: []\n", None),
    "a suffix that is too long": ("SFX205", LOCAL + "environment:\n  suffix: §abcdefghijklmnopqrstu\n", None),
    "a suffix with capitals": ("SFX206", LOCAL + "environment:\n  suffix: §Dev\n", None),
    "a duration without unit": ("SFX206", LOCAL + "environment:\n  ephemeral: true\n  ttl: §'72'\n", None),
    "a duration beyond all measure": ("SFX206", LOCAL + "environment:\n  ephemeral: true\n  ttl: §100000d\n", None),
    "a provider without a name": ("SFX205", LOCAL + "compliance:\n  provider: {name: §''}\n", None),
    "a country in small letters": ("SFX206", LOCAL + "compliance:\n  territories: [NL, §de]\n", None),
    "a country in small letters as key": (
        "SFX206",
        LOCAL + "compliance:\n  territories: [NL]\n  rating_systems:\n    §nl: kijkwijzer\n    NL: kijkwijzer\n",
        None,
    ),
    # As Pydantic marks a key that is wrong.
    "an unknown key that is called [key]": ("SFX201", LOCAL + 'state:\n  §"[key]": 1\n', None),
    "an unknown key of a rung that is called [key]": (
        "SFX201",
        LOCAL + 'processing:\n  ladder:\n    - {height: 720, bitrate_kbps: 900, max_bitrate_kbps: 900, §"[key]": 0}\n',
        None,
    ),
    "a wrong key that is called [key]": (
        "SFX206",
        LOCAL + 'compliance:\n  territories: [NL]\n  rating_systems:\n    §"[key]": a\n    NL: kijkwijzer\n',
        None,
    ),
    "a wrong value of a key that is called [key]": (
        "SFX203",
        LOCAL + 'environment:\n  tags:\n    "[key]": §3\n',
        "Put it in quotes.",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_wrong_field_is_told_where_it_stands(case: str, project: Path) -> None:
    rule, text, suggestion = FAULTS[case]
    report, marks = check_files(project, {"dev": text})
    assert found(report) == [(rule, marks[0])]
    if suggestion:
        assert report.diagnostics[0].suggestion == suggestion


@pytest.mark.parametrize("key", ["[key]", "[bold]", "a.b[0]", "a b", "ключ", "0"])
def test_a_key_is_named_as_it_is_written(key: str, project: Path) -> None:
    text = f"{LOCAL}environment: {{tags: {{§'{key}': []}}}}\nstate: {{§'{key}': 1}}\n"
    report, marks = check_files(project, {"dev": text})
    assert found(report) == [("SFX203", marks[0]), ("SFX201", marks[1])]
    assert [one.message for one in report.diagnostics] == [
        f"`environment.tags.{key}` must be text.",
        f"Unknown key `{key}`.",
    ]


def test_a_wrong_key_with_a_wrong_value_is_told_of_both(project: Path) -> None:
    text = f"{LOCAL}compliance:\n  territories: [NL]\n  rating_systems: {{NL: a, §nl: §3}}\n"
    report, marks = check_files(project, {"dev": text})
    assert found(report) == [("SFX206", marks[0]), ("SFX203", marks[1])]


def test_errors_of_several_fields_and_rules_are_told_together(project: Path) -> None:
    text = LOCAL + "network: {availability_zones: §9}\nprocessing:\n  cpu: 256\n  memory: §5000\n"
    text += "database: {min_acu: §9, max_acu: 2}\n"
    report, marks = check_files(project, {"dev": text})
    assert found(report) == [("SFX205", marks[0]), ("SFX317", marks[1]), ("SFX323", marks[2])]
