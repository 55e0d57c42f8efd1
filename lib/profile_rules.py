"""Rules that cross fields: what AWS, the law or this system refuses although every field is valid by itself.

One function a rule. Its parameters name the sections it reads, so that a rule is still checked when
another section of the profile is broken. The docstring's first line is the rule's documentation.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from itertools import pairwise
from typing import Any, Literal

from lib.profile import (
    REQUIRED_WITHOUT_NAT,
    Aws,
    Compliance,
    Database,
    Environment,
    Ingest,
    Monitoring,
    Network,
    Notifications,
    Processing,
    Secrets,
    State,
)
from lib.tags import RESERVED_TAGS, in_eea

Severity = Literal["error", "warning"]
FieldPath = tuple[str | int, ...]
"""Where a field stands: `("processing", "ladder", 0, "height")`."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule.

    Args:
        message: What is wrong, with the values involved and those allowed.
        fields: The fields involved; the first is the one to change.
        suggestion: How to mend it.
        severity: A warning does not keep the profile from being used.
    """

    message: str
    fields: tuple[FieldPath, ...]
    suggestion: str | None = None
    severity: Severity = "error"


Check = Callable[..., Iterator[Violation]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its stable id and the sections that it reads."""

    id: str
    title: str
    sections: tuple[str, ...]
    check: Check


RULES: list[Rule] = []


def rule(id: str) -> Callable[[Check], Check]:
    """Registers a function as the rule `id`."""

    def register(check: Check) -> Check:
        code = check.__code__  # a rule is a plain function; `inspect.signature` costs more than all rules together
        title = (check.__doc__ or "").splitlines()[0]
        RULES.append(Rule(id, title, code.co_varnames[: code.co_argcount], check))
        return check

    return register


def violations(sections: Mapping[str, Any]) -> Iterator[tuple[Rule, Violation]]:
    """Runs every rule whose sections are there.

    Args:
        sections: Valid sections by name; leave out the broken ones.
    """
    for one in RULES:
        if all(name in sections for name in one.sections):
            for violation in one.check(*(sections[name] for name in one.sections)):
                yield one, violation


# --- environment -----------------------------------------------------------------------------------


@rule("SFX301")
def ephemeral_or_protected(environment: Environment) -> Iterator[Violation]:
    """An environment is ephemeral or protected, not both."""
    if environment.ephemeral and environment.protected:
        yield Violation(
            "`ephemeral` and `protected` exclude each other.",
            (("environment", "protected"), ("environment", "ephemeral")),
        )


@rule("SFX302")
def ttl_of_ephemeral(environment: Environment) -> Iterator[Violation]:
    """Only an ephemeral environment has a time to live."""
    if environment.ttl is not None and not environment.ephemeral:
        yield Violation(
            "`ttl` has a meaning only where `ephemeral` is true.",
            (("environment", "ttl"),),
            "Set `ephemeral: true`, or remove `ttl` (`ttl: null` where it is inherited).",
        )


TAG_CHARACTERS = frozenset(" +-=._:/@")
MAX_OWN_TAGS = 50 - len(RESERVED_TAGS)
"""AWS allows 50 tags a resource, keys of 128 and values of 256 characters (Tag naming limits)."""


@rule("SFX303")
def tags_fit(environment: Environment) -> Iterator[Violation]:
    """Tags keep AWS's limits, and leave the keys alone that the stack sets itself."""
    at: FieldPath = ("environment", "tags")
    if len(environment.tags) > MAX_OWN_TAGS:
        yield Violation(f"{len(environment.tags)} tags; the stack leaves room for {MAX_OWN_TAGS}.", (at,))
    seen = {key.lower(): key for key in RESERVED_TAGS}
    for key, value in environment.tags.items():
        where = ((*at, key),)
        if key.lower().startswith("aws:"):
            yield Violation(f"Tag key `{key}`: the prefix `aws:` is reserved.", where)
        elif (other := seen.get(key.lower())) in RESERVED_TAGS:
            yield Violation(f"Tag key `{key}`: the stack sets `{other}` itself.", where)
        elif other is not None:
            yield Violation(f"Tag key `{key}` differs from `{other}` in case only, which IAM refuses.", where)
        seen.setdefault(key.lower(), key)
        if not 1 <= len(key) <= 128 or len(value) > 256:
            yield Violation("A tag's key has 1 to 128 characters, its value up to 256.", where)
        if bad := sorted({c for c in key + value if not c.isalnum() and c not in TAG_CHARACTERS}):
            yield Violation(f"Characters that AWS refuses in tags: {' '.join(map(repr, bad))}.", where)


@rule("SFX304")
def owner_fits_a_tag(environment: Environment) -> Iterator[Violation]:
    """The owner becomes a tag's value."""
    if bad := sorted({c for c in environment.owner if not c.isalnum() and c not in TAG_CHARACTERS}):
        yield Violation(
            f"`owner` is written into a tag, which AWS refuses with: {' '.join(map(repr, bad))}.",
            (("environment", "owner"),),
        )


@rule("SFX305")
def protected_account(environment: Environment, aws: Aws) -> Iterator[Violation]:
    """A protected environment on AWS names the account it lives in."""
    if environment.protected and aws.endpoint == "aws" and aws.account_id is None:
        yield Violation(
            "A protected environment needs `aws.account_id`, so that no other account can be changed in its name.",
            (("aws", "account_id"), ("environment", "protected")),
        )


@rule("SFX306")
def protected_image(environment: Environment, processing: Processing) -> Iterator[Violation]:
    """A protected environment runs an image named by digest."""
    image = processing.image
    if environment.protected and (image is None or "@sha256:" not in image):
        yield Violation(
            "A protected environment needs `processing.image` by digest: a tag can be moved to another image.",
            (("processing", "image"), ("environment", "protected")),
            "Write NAME@sha256:DIGEST.",
        )


# --- aws and state ---------------------------------------------------------------------------------


@rule("SFX307")
def commercial_partition(aws: Aws) -> Iterator[Violation]:
    """The region lies in AWS's commercial partition, whose ARNs the stack writes."""
    if aws.region.startswith(("cn-", "us-gov-", "us-iso")):
        yield Violation(
            f"`{aws.region}` is not in the commercial partition (ARNs that begin with `arn:aws:`).",
            (("aws", "region"),),
        )


@rule("SFX308")
def s3_state_needs_bucket(state: State) -> Iterator[Violation]:
    """State in S3 needs a bucket; local state has none."""
    if state.backend == "s3" and state.bucket is None:
        yield Violation(
            "`backend: s3` needs `state.bucket`.",
            (("state", "bucket"), ("state", "backend")),
            "`streamflix bootstrap` makes one.",
        )
    if state.backend == "local":
        for name in ("bucket", "region"):
            if getattr(state, name) is not None:
                yield Violation(
                    f"`state.{name}` has no effect with `backend: local`.",
                    (("state", name),),
                    "Set `backend: s3`, or remove it.",
                )


@rule("SFX309")
def bucket_name(state: State) -> Iterator[Violation]:
    """The state bucket's name follows S3's rules."""
    name = state.bucket
    if name is None:
        return
    if ".." in name or ".-" in name or "-." in name or all(part.isdigit() for part in name.split(".")):
        yield Violation(
            f"S3 refuses the bucket name `{name}`: periods stand between letters or digits, "
            "and it may not look like an address.",
            (("state", "bucket"),),
        )


@rule("SFX310")
def local_cloud_state(aws: Aws, state: State) -> Iterator[Violation]:
    """State in the local cloud's S3 is lost whenever the local cloud stops."""
    if aws.endpoint == "local" and state.backend == "s3":
        yield Violation(
            "`backend: s3` with `endpoint: local` keeps the state in the local cloud, which forgets it when it stops.",
            (("state", "backend"), ("aws", "endpoint")),
            "Use `backend: local`.",
            severity="warning",
        )


# --- network ---------------------------------------------------------------------------------------

PRIVATE_BLOCKS = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""RFC 1918."""
SUBNETS_PER_ZONE = 3
SMALLEST_SUBNET = 28
"""A VPC has /16 to /28, and so has a subnet (VPC user guide)."""


@rule("SFX311")
def cidr_block(network: Network) -> Iterator[Violation]:
    """The address block is a private IPv4 network of /16 to /22, written as its first address."""
    at = (("network", "cidr"),)
    try:
        block = IPv4Network(network.cidr, strict=False)
    except (AddressValueError, NetmaskValueError, ValueError):
        yield Violation(f"`{network.cidr}` is not an IPv4 block.", at, "Write one as 10.40.0.0/16.")
        return
    if str(block) != network.cidr:
        yield Violation(
            f"`{network.cidr}` is not written as a block's first address and length.", at, f"Write {block}."
        )
    if not 16 <= block.prefixlen <= 22:
        needed = SUBNETS_PER_ZONE * network.availability_zones
        yield Violation(
            f"/{block.prefixlen} is outside /16 to /22: AWS allows no larger VPC, and a smaller one "
            f"leaves too few addresses in each of its {needed} subnets.",
            at,
        )
    if not any(block.subnet_of(private) for private in PRIVATE_BLOCKS):
        allowed = ", ".join(map(str, PRIVATE_BLOCKS))
        yield Violation(f"{block} is not private address space.", at, f"Take a block inside {allowed}.")


@rule("SFX312")
def endpoints_without_nat(network: Network) -> Iterator[Violation]:
    """Without a NAT gateway, tasks reach AWS through interface endpoints only."""
    missing = [name for name in REQUIRED_WITHOUT_NAT if name not in network.interface_endpoints]
    if network.nat_gateways == "none" and missing:
        yield Violation(
            f"`nat_gateways: none` needs these interface endpoints as well: {', '.join(missing)}.",
            (("network", "interface_endpoints"), ("network", "nat_gateways")),
        )


@rule("SFX313")
def webhooks_need_nat(network: Network, notifications: Notifications) -> Iterator[Violation]:
    """A webhook needs a way out of the VPC."""
    if network.nat_gateways == "none" and notifications.webhooks:
        yield Violation(
            "Webhooks need a way out of the VPC, and `network.nat_gateways` is none.",
            (("notifications", "webhooks"), ("network", "nat_gateways")),
            "Set `nat_gateways: single`, or remove the webhooks.",
        )


def _repeated(values: tuple[str, ...], at: FieldPath) -> Iterator[Violation]:
    for index, value in enumerate(values):
        if value in values[:index]:
            yield Violation(f"`{value}` stands twice.", ((*at, index),))


@rule("SFX314")
def no_repetition(network: Network, secrets: Secrets, compliance: Compliance) -> Iterator[Violation]:
    """Interface endpoints, API keys and territories are named once."""
    yield from _repeated(network.interface_endpoints, ("network", "interface_endpoints"))
    yield from _repeated(secrets.api_keys, ("secrets", "api_keys"))
    yield from _repeated(compliance.territories, ("compliance", "territories"))


# --- ingest ----------------------------------------------------------------------------------------


@rule("SFX315")
def on_demand_has_no_shards(ingest: Ingest) -> Iterator[Violation]:
    """An on-demand stream has no shard count."""
    if ingest.stream_mode == "on_demand" and ingest.shard_count is not None:
        yield Violation(
            "`shard_count` is refused by Kinesis with `stream_mode: on_demand`.",
            (("ingest", "shard_count"), ("ingest", "stream_mode")),
            "Remove it (`shard_count: null` where it is inherited), or set `stream_mode: provisioned`.",
        )


@rule("SFX316")
def alarm_before_expiry(ingest: Ingest, monitoring: Monitoring) -> Iterator[Violation]:
    """The iterator-age alarm goes off before records expire."""
    if monitoring.iterator_age_seconds >= ingest.retention_hours * 3600:
        yield Violation(
            f"Records expire after {ingest.retention_hours} h, before this alarm at "
            f"{monitoring.iterator_age_seconds} s goes off.",
            (("monitoring", "iterator_age_seconds"), ("ingest", "retention_hours")),
        )


# --- processing ------------------------------------------------------------------------------------

FARGATE_MEMORY: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16_384 + 1, 1024)),
    4096: tuple(range(8192, 30_720 + 1, 1024)),
    8192: tuple(range(16_384, 61_440 + 1, 4096)),
    16_384: tuple(range(32_768, 122_880 + 1, 8192)),
}
"""MiB that Fargate offers for each number of CPU units (ECS developer guide, task CPU and memory)."""


@rule("SFX317")
def fargate_size(processing: Processing) -> Iterator[Violation]:
    """CPU and memory are one of Fargate's combinations."""
    allowed = FARGATE_MEMORY[processing.cpu]
    if processing.memory in allowed:
        return
    listed = ", ".join(map(str, allowed))
    fitting = [cpu for cpu, memory in FARGATE_MEMORY.items() if processing.memory in memory]
    other = f"`memory: {processing.memory}` goes with `cpu` {', '.join(map(str, fitting))}." if fitting else None
    yield Violation(
        f"Fargate has no task with `cpu: {processing.cpu}` and `memory: {processing.memory}`; "
        f"allowed for this cpu: {listed}.",
        (("processing", "memory"), ("processing", "cpu")),
        other,
    )


@rule("SFX318")
def task_counts(processing: Processing) -> Iterator[Violation]:
    """Neither the least number of tasks nor the number kept off Spot exceeds the largest."""
    for name in ("min_tasks", "fargate_base"):
        value = getattr(processing, name)
        if value > processing.max_tasks:
            yield Violation(
                f"`{name}: {value}` is more than `max_tasks: {processing.max_tasks}`.",
                (("processing", name), ("processing", "max_tasks")),
            )


@rule("SFX319")
def backoff_order(processing: Processing) -> Iterator[Violation]:
    """The backoff's base is at most its cap."""
    base, cap = processing.backoff_base_seconds, processing.backoff_cap_seconds
    if base > cap:
        yield Violation(
            f"`backoff_base_seconds: {base}` is more than `backoff_cap_seconds: {cap}`.",
            (("processing", "backoff_base_seconds"), ("processing", "backoff_cap_seconds")),
        )


GOP_SECONDS = 2
"""Key frames stand on a two-second grid, so that rungs switch at the same places."""


@rule("SFX320")
def segment_on_key_frames(processing: Processing) -> Iterator[Violation]:
    """An encoding segment is a whole number of two-second groups of pictures."""
    if processing.segment_seconds % GOP_SECONDS:
        yield Violation(
            f"`segment_seconds: {processing.segment_seconds}` is not a multiple of {GOP_SECONDS}, "
            "the distance of key frames in seconds.",
            (("processing", "segment_seconds"),),
        )


@rule("SFX321")
def lease_within_segment(processing: Processing) -> Iterator[Violation]:
    """A lease longer than a segment makes a lost worker cost more waiting than work."""
    if processing.lease_seconds > processing.segment_seconds:
        yield Violation(
            f"`lease_seconds: {processing.lease_seconds}` is longer than `segment_seconds: "
            f"{processing.segment_seconds}`: a segment whose worker is lost waits longer than it plays.",
            (("processing", "lease_seconds"), ("processing", "segment_seconds")),
            severity="warning",
        )


@rule("SFX322")
def ladder_order(processing: Processing) -> Iterator[Violation]:
    """The ladder's rungs descend, each height once, and peak at no less than they average."""
    for index, rung in enumerate(processing.ladder):
        at: FieldPath = ("processing", "ladder", index)
        if rung.max_bitrate_kbps < rung.bitrate_kbps:
            yield Violation(
                f"`max_bitrate_kbps: {rung.max_bitrate_kbps}` is less than `bitrate_kbps: {rung.bitrate_kbps}`.",
                ((*at, "max_bitrate_kbps"),),
            )
    for index, (upper, lower) in enumerate(pairwise(processing.ladder), start=1):
        at = ("processing", "ladder", index, "height")
        if lower.height == upper.height:
            yield Violation(f"Two rungs have the height {lower.height}.", (at,))
        elif lower.height > upper.height:
            yield Violation(f"Rungs stand from the highest down: {lower.height} follows {upper.height}.", (at,))


# --- database --------------------------------------------------------------------------------------

FIRST_PAUSING_MINOR = {14: 12, 15: 7, 16: 3}
"""First minor version that pauses at 0 ACU and grows to 256 (Aurora user guide, Serverless v2); all of 17 do."""
MAX_ACU_BEFORE = 128


def _pauses(engine_version: str) -> bool:
    major, minor = map(int, engine_version.split("."))
    return minor >= FIRST_PAUSING_MINOR.get(major, 0)


@rule("SFX323")
def acu_order(database: Database) -> Iterator[Violation]:
    """The least capacity is at most the largest."""
    if database.min_acu > database.max_acu:
        yield Violation(
            f"`min_acu: {database.min_acu:g}` is more than `max_acu: {database.max_acu:g}`.",
            (("database", "min_acu"), ("database", "max_acu")),
        )


@rule("SFX324")
def pause_at_zero(database: Database) -> Iterator[Violation]:
    """Aurora pauses only where its capacity may fall to 0."""
    if database.auto_pause_minutes is not None and database.min_acu > 0:
        yield Violation(
            f"`auto_pause_minutes` needs `min_acu: 0`; it is {database.min_acu:g}.",
            (("database", "auto_pause_minutes"), ("database", "min_acu")),
            "Set `min_acu: 0`, or remove it (`auto_pause_minutes: null` where it is inherited).",
        )


@rule("SFX325")
def engine_for_capacity(database: Database) -> Iterator[Violation]:
    """0 ACU, and more than 128, need a recent engine."""
    if _pauses(database.engine_version):
        return
    versions = ", ".join(f"{major}.{minor}" for major, minor in FIRST_PAUSING_MINOR.items())
    newer = f"Take one of {versions} or a later minor version, or 17."
    if database.min_acu == 0:
        yield Violation(
            f"Aurora PostgreSQL {database.engine_version} cannot pause at 0 ACU.",
            (("database", "engine_version"), ("database", "min_acu")),
            newer,
        )
    if database.max_acu > MAX_ACU_BEFORE:
        yield Violation(
            f"Aurora PostgreSQL {database.engine_version} grows to {MAX_ACU_BEFORE} ACU at most.",
            (("database", "max_acu"), ("database", "engine_version")),
            newer,
        )


DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MIN_WINDOW_MINUTES = 30
"""Backup and maintenance windows have at least 30 minutes and may not overlap (RDS user guide); UTC."""


def _minutes(clock: str) -> int | None:
    hours, minutes = map(int, clock.split(":"))
    return hours * 60 + minutes if hours < 24 and minutes < 60 else None


def _week_minutes(moment: str) -> int | None:
    day, _, clock = moment.partition(":")
    minutes = _minutes(clock)
    return None if day not in WEEKDAYS or minutes is None else WEEKDAYS.index(day) * DAY_MINUTES + minutes


@rule("SFX326")
def database_windows(database: Database) -> Iterator[Violation]:
    """Backup and maintenance windows have real times, at least 30 minutes, and do not overlap."""
    backup = [_minutes(clock) for clock in database.backup_window.split("-")]
    maintenance = [_week_minutes(moment) for moment in database.maintenance_window.split("-")]
    lengths: dict[str, int] = {}
    for name, ends, turn in (("backup_window", backup, DAY_MINUTES), ("maintenance_window", maintenance, WEEK_MINUTES)):
        start, end = ends
        if start is None or end is None:
            yield Violation(
                f"`{getattr(database, name)}` names a day or time that does not exist.",
                (("database", name),),
                "Times run from 00:00 to 23:59 UTC, days from mon to sun.",
            )
        elif (length := (end - start) % turn) < MIN_WINDOW_MINUTES:
            yield Violation(
                f"The window has {length} minutes; RDS wants {MIN_WINDOW_MINUTES} or more.", (("database", name),)
            )
        else:
            lengths[name] = length
    if len(lengths) < 2 or backup[0] is None or maintenance[0] is None:
        return
    for day in range(len(WEEKDAYS)):
        begins = (day * DAY_MINUTES + backup[0] - maintenance[0]) % WEEK_MINUTES
        if begins < lengths["maintenance_window"] or begins + lengths["backup_window"] > WEEK_MINUTES:
            yield Violation(
                f"The maintenance window {database.maintenance_window} overlaps the daily backup window "
                f"{database.backup_window}.",
                (("database", "maintenance_window"), ("database", "backup_window")),
            )
            return


# --- notifications and monitoring ------------------------------------------------------------------


@rule("SFX327")
def webhook_address(notifications: Notifications) -> Iterator[Violation]:
    """A webhook has an https address without credentials."""
    from urllib.parse import urlsplit  # noqa: PLC0415 - most profiles have no webhook

    for index, webhook in enumerate(notifications.webhooks):
        at = (("notifications", "webhooks", index, "url"),)
        try:
            url = urlsplit(webhook.url)
            host, _ = url.hostname, url.port
        except ValueError as error:
            yield Violation(f"Not an address: {error}.", at)
            continue
        if url.scheme != "https" or not host or any(c.isspace() for c in webhook.url):
            yield Violation(f"`{webhook.url}` is not an https address.", at)
        elif url.username is not None or url.password is not None:
            yield Violation("An address must not carry credentials: messages are signed with `api_key`.", at)


@rule("SFX328")
def webhook_key(secrets: Secrets, notifications: Notifications) -> Iterator[Violation]:
    """A webhook signs with a key that is declared."""
    for index, webhook in enumerate(notifications.webhooks):
        if webhook.api_key not in secrets.api_keys:
            known = ", ".join(secrets.api_keys) or "none"
            yield Violation(
                f"`{webhook.api_key}` is not among `secrets.api_keys` ({known}).",
                (("notifications", "webhooks", index, "api_key"), ("secrets", "api_keys")),
            )


# --- compliance ------------------------------------------------------------------------------------


@rule("SFX329")
def ratings_cover_territories(compliance: Compliance) -> Iterator[Violation]:
    """Every territory has an age rating system, and every rating system a territory."""
    missing = [country for country in compliance.territories if country not in compliance.rating_systems]
    if missing:
        yield Violation(
            f"No rating system for {', '.join(missing)} (Directive 2010/13/EU, Art. 6a).",
            (("compliance", "rating_systems"), ("compliance", "territories")),
        )
    for country in compliance.rating_systems:
        if country not in compliance.territories:
            yield Violation(
                f"A rating system for {country}, which is not among the territories.",
                (("compliance", "rating_systems", country),),
                severity="warning",
            )


@rule("SFX330")
def data_residency(environment: Environment, aws: Aws, compliance: Compliance) -> Iterator[Violation]:
    """Outside the EU/EEA a protected environment states the legal basis of the transfer; others should."""
    if compliance.data_residency is not None or aws.endpoint == "local" or in_eea(aws.region):
        return
    yield Violation(
        f"`{aws.region}` lies outside the EU/EEA and `compliance.data_residency` is not stated (GDPR, chapter V).",
        (("compliance", "data_residency"), ("aws", "region")),
        "State legal_basis, reference, personal_data_in_content and approved_by.",
        severity="error" if environment.protected else "warning",
    )
