"""Rules that cross fields: each is broken by the smallest profile that breaks it, at an exact place."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from lib.profile import REQUIRED_WITHOUT_NAT, Aws, Environment, Processing, Profile
from lib.profile_rules import RULES
from lib.profile_rules.processing import FARGATE_MEMORY
from streamflix_cli.profiles.rules import all_rules
from tests.unit.profiles.marked import check_files, found

LOCAL = "aws: {endpoint: local}\n"
DIGEST = "sha256:" + "0" * 64
RESIDENCY = (
    "compliance: {data_residency: {legal_basis: derogation, reference: a, personal_data_in_content: false, "
    "approved_by: b}}\n"
)
ENDPOINTS = ", ".join(REQUIRED_WITHOUT_NAT)

BROKEN = {
    "ephemeral and protected": (
        "SFX301",
        LOCAL + f"processing: {{image: a@{DIGEST}}}\nenvironment:\n  ephemeral: true\n  protected: §true\n",
    ),
    "ttl of one that stays": ("SFX302", LOCAL + "environment:\n  ttl: §3d\n"),
    "a reserved tag prefix": ("SFX303", LOCAL + "environment:\n  tags:\n    aws:x: §y\n"),
    "a tag of the stack": ("SFX303", LOCAL + "environment:\n  tags:\n    owner: §me\n"),
    "tags that differ in case": ("SFX303", LOCAL + "environment:\n  tags:\n    team: a\n    Team: §b\n"),
    "a long tag": ("SFX303", LOCAL + f"environment:\n  tags:\n    a: §{'x' * 257}\n"),
    "a tag with a character that AWS refuses": ("SFX303", LOCAL + "environment:\n  tags:\n    a: §'x;y'\n"),
    "too many tags": (
        "SFX303",
        LOCAL + "environment:\n  §tags: {" + ", ".join(f"t{n}: a" for n in range(43)) + "}\n",
    ),
    "an owner that fits no tag": ("SFX304", LOCAL + "environment:\n  owner: §'a;b'\n"),
    "protected without account": (
        "SFX305",
        RESIDENCY + f"processing: {{image: a@{DIGEST}}}\nenvironment:\n  protected: §true\n",
    ),
    "protected with an image by tag": (
        "SFX306",
        LOCAL + "environment: {protected: true}\nprocessing:\n  image: §worker:latest\n",
    ),
    "protected without image": ("SFX306", LOCAL + "environment:\n  protected: §true\n"),
    "a region of another partition": ("SFX307", "aws:\n  endpoint: local\n  region: §us-gov-west-1\n"),
    "s3 without bucket": ("SFX308", "state:\n  backend: §s3\n" + RESIDENCY),
    "a bucket without s3": ("SFX308", LOCAL + "state:\n  bucket: §abc\n"),
    "a state region without s3": ("SFX308", LOCAL + "state:\n  region: §eu-west-1\n"),
    "a bucket that looks like an address": (
        "SFX309",
        RESIDENCY + "state:\n  backend: s3\n  bucket: §192.168.1.1\n",
    ),
    "state that is forgotten": ("SFX310", LOCAL + "state:\n  backend: §s3\n  bucket: abc\n"),
    "no block": ("SFX311", LOCAL + "network:\n  cidr: §10.0.0.0/99\n"),
    "host bits": ("SFX311", LOCAL + "network:\n  cidr: §10.0.1.0/16\n"),
    "too small": ("SFX311", LOCAL + "network:\n  cidr: §10.0.0.0/23\n"),
    "too large": ("SFX311", LOCAL + "network:\n  cidr: §10.0.0.0/15\n"),
    "public addresses": ("SFX311", LOCAL + "network:\n  cidr: §11.0.0.0/16\n"),
    "IPv6": ("SFX311", LOCAL + "network:\n  cidr: §'fd00::/16'\n"),
    "no NAT and no endpoints": ("SFX312", LOCAL + "network:\n  nat_gateways: §none\n"),
    "no NAT and too few endpoints": (
        "SFX312",
        LOCAL + "network:\n  nat_gateways: none\n  §interface_endpoints: [sqs]\n",
    ),
    "a webhook without NAT": (
        "SFX313",
        LOCAL
        + f"network: {{nat_gateways: none, interface_endpoints: [{ENDPOINTS}]}}\n"
        + "notifications:\n  §webhooks:\n    - {url: 'https://a.example', api_key: webhook-signing}\n",
    ),
    "an endpoint twice": ("SFX314", LOCAL + "network:\n  interface_endpoints: [sqs, §sqs]\n"),
    "an API key twice": ("SFX314", LOCAL + "secrets:\n  api_keys: [a, b, §a]\n"),
    "a webhook twice": (
        "SFX314",
        LOCAL
        + "secrets:\n  api_keys: [one, two]\n"
        + "notifications:\n  webhooks:\n"
        + "    - {url: 'https://a.example', api_key: one}\n    - §{url: 'https://a.example', api_key: two}\n",
    ),
    "a territory twice": (
        "SFX314",
        LOCAL + "compliance: {territories: [NL, §NL], rating_systems: {NL: kijkwijzer}}\n",
    ),
    "on-demand with shards": ("SFX315", LOCAL + "ingest:\n  stream_mode: on_demand\n  shard_count: §1\n"),
    "an alarm after expiry": ("SFX316", LOCAL + "monitoring:\n  iterator_age_seconds: §86400\n"),
    "no such Fargate size": ("SFX317", LOCAL + "processing:\n  cpu: 256\n  memory: §5000\n"),
    "no such Fargate size by cpu alone": ("SFX317", LOCAL + "processing:\n  cpu: §8192\n"),
    "more tasks at least than at most": ("SFX318", LOCAL + "processing:\n  min_tasks: §5\n  max_tasks: 4\n"),
    "more off Spot than at all": ("SFX318", LOCAL + "processing:\n  fargate_base: §5\n  max_tasks: 4\n"),
    "a backoff that begins above its cap": (
        "SFX319",
        LOCAL + "processing:\n  backoff_base_seconds: §31\n  backoff_cap_seconds: 30\n",
    ),
    "a segment off the grid": ("SFX320", LOCAL + "processing:\n  segment_seconds: §61\n"),
    "a lease longer than a segment": (
        "SFX321",
        LOCAL + "processing:\n  lease_seconds: §61\n  segment_seconds: 60\n",
    ),
    "a peak below the average": (
        "SFX322",
        LOCAL + "processing:\n  ladder:\n    - {height: 720, bitrate_kbps: 900, max_bitrate_kbps: §800}\n",
    ),
    "a ladder upside down": (
        "SFX322",
        LOCAL
        + "processing:\n  ladder:\n    - {height: 360, bitrate_kbps: 900, max_bitrate_kbps: 900}\n"
        + "    - {height: §720, bitrate_kbps: 900, max_bitrate_kbps: 900}\n",
    ),
    "a height twice": (
        "SFX322",
        LOCAL
        + "processing:\n  ladder:\n    - {height: 360, bitrate_kbps: 900, max_bitrate_kbps: 900}\n"
        + "    - {height: §360, bitrate_kbps: 500, max_bitrate_kbps: 900}\n",
    ),
    "more ACU at least than at most": ("SFX323", LOCAL + "database:\n  min_acu: §8\n  max_acu: 4\n"),
    "a pause above zero": ("SFX324", LOCAL + "database:\n  auto_pause_minutes: §5\n"),
    "a pause of an old 16": ("SFX325", LOCAL + "database:\n  min_acu: 0\n  engine_version: §'16.2'\n"),
    "a pause of an old 15": ("SFX325", LOCAL + "database:\n  min_acu: 0\n  engine_version: §'15.6'\n"),
    "a pause of an old 14": ("SFX325", LOCAL + "database:\n  min_acu: 0\n  engine_version: §'14.11'\n"),
    "an old engine that large": ("SFX325", LOCAL + "database:\n  max_acu: §129\n  engine_version: '16.2'\n"),
    "a window at an hour that is none": ("SFX326", LOCAL + "database:\n  backup_window: §24:00-25:00\n"),
    "a window on a day that is none": (
        "SFX326",
        LOCAL + "database:\n  maintenance_window: §son:03:00-son:04:00\n",
    ),
    "a short window": ("SFX326", LOCAL + "database:\n  backup_window: §01:00-01:29\n"),
    "windows that overlap": ("SFX326", LOCAL + "database:\n  maintenance_window: §mon:02:30-mon:03:00\n"),
    "windows that overlap over midnight": (
        "SFX326",
        LOCAL + "database:\n  backup_window: 23:45-00:30\n  maintenance_window: §mon:00:00-mon:00:30\n",
    ),
    "windows that overlap over the week's end": (
        "SFX326",
        LOCAL + "database:\n  backup_window: 00:10-00:40\n  maintenance_window: §sun:23:30-mon:00:15\n",
    ),
    "a webhook without https": (
        "SFX327",
        LOCAL + "notifications:\n  webhooks:\n    - url: §http://a.example\n      api_key: webhook-signing\n",
    ),
    "a webhook with a password": (
        "SFX327",
        LOCAL + "notifications:\n  webhooks:\n    - url: §https://me:pw@a.example\n      api_key: webhook-signing\n",
    ),
    "a webhook on a port that no task reaches": (
        "SFX327",
        "aws: {region: eu-central-1}\n"
        "notifications:\n  webhooks:\n    - url: §https://a.example:8443\n      api_key: webhook-signing\n",
    ),
    "a webhook that is no address": (
        "SFX327",
        LOCAL + "notifications:\n  webhooks:\n    - url: §'https://[a'\n      api_key: webhook-signing\n",
    ),
    "a webhook with an unknown key": (
        "SFX328",
        LOCAL + "notifications:\n  webhooks:\n    - url: https://a.example\n      api_key: §nokey\n",
    ),
    "a territory without ratings": (
        "SFX329",
        LOCAL + "compliance:\n  territories: [NL, BE]\n  §rating_systems: {NL: kijkwijzer}\n",
    ),
    "ratings without a territory": (
        "SFX329",
        LOCAL + "compliance:\n  territories: [NL]\n  rating_systems:\n    NL: kijkwijzer\n    DE: §fsk\n",
    ),
    "no residency outside the EEA": ("SFX330", "aws:\n  region: §us-east-1\n"),
    "no residency in London": ("SFX330", "aws:\n  region: §eu-west-2\n"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_rule_is_told_where_it_is_broken(case: str, project: Path) -> None:
    rule, text = BROKEN[case]
    report, marks = check_files(project, {"dev": text})
    assert found(report) == [(rule, marks[0])]


def test_every_rule_is_broken_by_some_case() -> None:
    assert {rule.id for rule in RULES} == {rule for rule, _ in BROKEN.values()}


def test_rule_ids_are_unique_and_every_rule_has_a_title() -> None:
    ids = [rule.id for rule in all_rules().rules]
    assert len(ids) == len(set(ids))
    assert all(rule.title.endswith(".") for rule in all_rules().rules)


VALID = {
    "Frankfurt needs no residency": "aws: {region: eu-central-1}\n",
    "the local cloud needs no residency": LOCAL,
    "no NAT with all endpoints": LOCAL + f"network: {{nat_gateways: none, interface_endpoints: [{ENDPOINTS}]}}\n",
    "a pause of 16.3": LOCAL + "database: {min_acu: 0, auto_pause_minutes: 5, engine_version: '16.3'}\n",
    "a pause of 17": LOCAL + "database: {min_acu: 0, engine_version: '17.4'}\n",
    "windows side by side": LOCAL
    + "database: {backup_window: '03:00-03:30', maintenance_window: 'mon:03:30-mon:04:00'}\n",
    "a backup window over midnight": LOCAL + "database: {backup_window: '23:45-00:15'}\n",
    "a webhook to a port of this machine": LOCAL
    + "notifications: {webhooks: [{url: 'https://localhost:8443', api_key: webhook-signing}]}\n",
    "on-demand without shards": LOCAL + "ingest: {stream_mode: on_demand}\n",
}


@pytest.mark.parametrize("case", VALID)
def test_what_stands_just_inside_the_rules_is_valid(case: str, project: Path) -> None:
    report, _ = check_files(project, {"dev": VALID[case]})
    assert report.diagnostics == []


def test_missing_endpoints_are_named(project: Path) -> None:
    report, _ = check_files(
        project, {"dev": LOCAL + "network: {nat_gateways: none, interface_endpoints: [sqs, kms, logs]}\n"}
    )
    message = report.diagnostics[0].message
    assert "ecr.api, ecr.dkr, ecs, kinesis-streams, monitoring, secretsmanager, sns, sts" in message
    assert "sqs" not in message


@pytest.mark.parametrize(("protected", "severity"), [("true", "error"), ("false", "warning")])
def test_residency_is_demanded_of_protected_environments_and_asked_of_others(
    protected: str, severity: str, project: Path
) -> None:
    text = (
        "aws: {account_id: '123456789012'}\n"
        f"environment: {{protected: {protected}}}\nprocessing: {{image: 'a@{DIGEST}'}}\n"
    )
    report, _ = check_files(project, {"dev": text})
    assert [(one.rule, one.severity) for one in report.diagnostics] == [("SFX330", severity)]


def test_fargate_offers_what_aws_documents() -> None:
    assert sum(map(len, FARGATE_MEMORY.values())) == 3 + 4 + 7 + 13 + 23 + 12 + 12
    for cpu, memory in FARGATE_MEMORY.items():
        for size in memory:
            Processing(cpu=cpu, memory=size)  # type: ignore[arg-type]


def test_the_defaults_are_a_valid_profile() -> None:
    assert Profile().aws.region == "us-east-1"


def test_a_profile_made_in_python_keeps_the_rules_too() -> None:
    with pytest.raises(ValidationError, match="SFX301"):
        Profile(environment=Environment(ephemeral=True, protected=True), aws=Aws(endpoint="local"))
    with pytest.raises(ValidationError, match=r"SFX317.*512, 1024, 2048"):
        Profile(processing=Processing(cpu=256, memory=5000))
