"""The stack's inputs as frozen Pydantic models.

This module holds types, defaults and single-field ranges. Rules that cross fields stand in
`lib.profile_rules`; `Profile` refuses a combination that breaks one of them. Nothing here imports
cdktf, so that `streamflix validate-config` stays light.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator

from lib.contracts.ladder import Rung

SUFFIX_PATTERN = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
"""Suffixes end up in S3 bucket, RDS and IAM names: lower case, digits and single hyphens."""
SUFFIX_MAX_LENGTH = 20
DURATION_PATTERN = r"^[1-9][0-9]{0,4}[mhd]$"
COUNTRY_PATTERN = r"^[A-Z]{2}$"
REGION_PATTERN = r"^[a-z]{2}(-[a-z]+)+-[0-9]$"
ACCOUNT_PATTERN = r"^[0-9]{12}$"
BUCKET_PATTERN = r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
ENGINE_PATTERN = r"^1[4-9]\.[0-9]{1,2}$"
DAILY_WINDOW_PATTERN = r"^[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$"
WEEKLY_WINDOW_PATTERN = r"^[a-z]{3}:[0-9]{2}:[0-9]{2}-[a-z]{3}:[0-9]{2}:[0-9]{2}$"
EMAIL_PATTERN = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"

FORMS = {
    SUFFIX_PATTERN: "lower-case letters, digits and single hyphens, a letter first, as `pr-123`",
    DURATION_PATTERN: "a whole number of minutes, hours or days, as `90m`, `72h` or `14d`",
    COUNTRY_PATTERN: "a country's two capital letters (ISO 3166-1), as `NL`",
    REGION_PATTERN: "an AWS region, as `us-east-1`",
    ACCOUNT_PATTERN: "the twelve digits of an AWS account, in quotes",
    BUCKET_PATTERN: "a bucket's name: 3 to 63 lower-case letters, digits, hyphens and periods",
    ENGINE_PATTERN: "major and minor version of Aurora PostgreSQL, in quotes, as `16.6`",
    DAILY_WINDOW_PATTERN: "two times of day in UTC, as `02:00-03:00`",
    WEEKLY_WINDOW_PATTERN: "two times of the week in UTC, as `sun:03:30-sun:04:30`",
    EMAIL_PATTERN: "an e-mail address",
}
"""What each pattern means, in words."""

Suffix = Annotated[str, Field(pattern=SUFFIX_PATTERN, min_length=1, max_length=SUFFIX_MAX_LENGTH)]
CountryCode = Annotated[str, Field(pattern=COUNTRY_PATTERN)]
"""ISO 3166-1 alpha-2."""
ApiKeyName = Annotated[str, Field(pattern=SUFFIX_PATTERN, max_length=40)]
Text = Annotated[str, Field(min_length=1, max_length=256)]
Names = Annotated[tuple[ApiKeyName, ...], Strict(False), Field(max_length=20)]
Territories = Annotated[tuple[CountryCode, ...], Strict(False)]


class Section(BaseModel):
    """A section of a profile: immutable, no unknown field, no silent conversion of types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Environment(Section):
    """Who the environment belongs to and how long it lives."""

    suffix: Suffix | None = Field(None, description="Ending of every resource name; by default the environment's name")
    ephemeral: bool = Field(False, description="May be destroyed with --yes alone, and expires after `ttl`")
    protected: bool = Field(False, description="`destroy` is refused whatever the flags")
    ttl: Annotated[str, Field(pattern=DURATION_PATTERN)] | None = Field(
        None, description="Time to live after the last deploy, as 90m, 72h or 14d"
    )
    owner: Text = Field("platform-engineering", description="Team or person that answers for the environment")
    tags: dict[str, str] = Field(default_factory=dict, description="Further tags for every resource")


class Aws(Section):
    """Where the environment is deployed."""

    region: Annotated[str, Field(pattern=REGION_PATTERN)] = "us-east-1"
    account_id: Annotated[str, Field(pattern=ACCOUNT_PATTERN)] | None = Field(
        None, description="When set, deploying into any other account is refused; write it in quotes"
    )
    endpoint: Literal["aws", "local"] = Field("aws", description="`local` is the local cloud on this machine")


class State(Section):
    """Where Terraform's state is kept."""

    backend: Literal["local", "s3"] = "local"
    bucket: Annotated[str, Field(pattern=BUCKET_PATTERN)] | None = None
    region: Annotated[str, Field(pattern=REGION_PATTERN)] | None = Field(
        None, description="Region of the state bucket; by default `aws.region`"
    )


InterfaceEndpoint = Literal[
    "ecr.api",
    "ecr.dkr",
    "ecs",
    "ecs-agent",
    "ecs-telemetry",
    "kinesis-streams",
    "kms",
    "logs",
    "monitoring",
    "secretsmanager",
    "sns",
    "sqs",
    "sts",
]
REQUIRED_WITHOUT_NAT: tuple[InterfaceEndpoint, ...] = (
    "ecr.api",
    "ecr.dkr",
    "ecs",
    "kinesis-streams",
    "kms",
    "logs",
    "monitoring",
    "secretsmanager",
    "sns",
    "sqs",
    "sts",
)
"""What tasks in private subnets call (besides S3, which has a gateway endpoint)."""


class Network(Section):
    """Address space and the ways out of it."""

    cidr: str = Field("10.40.0.0/16", description="IPv4 block of the VPC, /16 to /22")
    availability_zones: Annotated[int, Field(ge=2, le=3)] = 2
    nat_gateways: Literal["none", "single", "per_az"] = "single"
    interface_endpoints: Annotated[tuple[InterfaceEndpoint, ...], Strict(False)] = Field(
        (), description="AWS services reached without leaving the VPC; required when there is no NAT gateway"
    )


MIB = 1024 * 1024


class Ingest(Section):
    """The Kinesis stream in front of the pipeline."""

    stream_mode: Literal["provisioned", "on_demand"] = "provisioned"
    shard_count: Annotated[int, Field(ge=1, le=200)] | None = Field(
        None, description="Only for provisioned streams: 1 MB/s or 1,000 records/s in, each; by default 1"
    )
    retention_hours: Annotated[int, Field(ge=24, le=8760)] = 24
    max_streamed_bytes: Annotated[int, Field(ge=0, le=256 * MIB)] = Field(
        64 * MIB, description="Larger videos go to S3 and only their record through the stream"
    )


DEFAULT_LADDER = (
    Rung(height=1080, bitrate_kbps=5000, max_bitrate_kbps=7500),
    Rung(height=720, bitrate_kbps=2800, max_bitrate_kbps=4200),
    Rung(height=480, bitrate_kbps=1400, max_bitrate_kbps=2100),
    Rung(height=360, bitrate_kbps=800, max_bitrate_kbps=1200),
)


class Processing(Section):
    """The Fargate workers, how they scale and what they make."""

    image: Annotated[str, Field(min_length=1)] | None = Field(
        None, description="Container image; by digest (NAME@sha256:…) in a protected environment"
    )
    cpu: Literal[256, 512, 1024, 2048, 4096, 8192, 16384] = Field(2048, description="CPU units of a worker task")
    memory: Annotated[int, Field(ge=512, le=122_880)] = Field(4096, description="MiB of a worker task")
    ephemeral_storage_gib: Annotated[int, Field(ge=21, le=200)] = 50
    min_tasks: Annotated[int, Field(ge=0, le=1000)] = 0
    max_tasks: Annotated[int, Field(ge=1, le=1000)] = 4
    fargate_base: Annotated[int, Field(ge=0, le=1000)] = Field(1, description="Tasks that never run on Spot")
    spot_weight: Annotated[int, Field(ge=0, le=1000)] = Field(
        0, description="Share of further tasks on Spot, against a weight of 1 for on-demand"
    )
    backlog_per_task: Annotated[int, Field(ge=1, le=1000)] = Field(
        4, description="Visible and in-flight messages a running task should have before another is added"
    )
    max_attempts: Annotated[int, Field(ge=1, le=20)] = 5
    backoff_base_seconds: Annotated[int, Field(ge=1, le=900)] = 5
    backoff_cap_seconds: Annotated[int, Field(ge=1, le=900)] = Field(
        600, description="SQS delays a message by 900 s at most"
    )
    lease_seconds: Annotated[int, Field(ge=15, le=3600)] = 60
    segment_seconds: Annotated[int, Field(ge=4, le=600)] = 60
    ladder: Annotated[tuple[Rung, ...], Strict(False), Field(min_length=1, max_length=12)] = DEFAULT_LADDER


class Database(Section):
    """The Aurora PostgreSQL Serverless v2 cluster."""

    engine_version: Annotated[str, Field(pattern=ENGINE_PATTERN)] = Field(
        "16.6", description="In quotes; 16.3 or newer for pausing at 0 ACU and the Data API"
    )
    min_acu: Annotated[float, Field(ge=0, le=256, multiple_of=0.5)] = 0.5
    max_acu: Annotated[float, Field(ge=1, le=256, multiple_of=0.5)] = 4
    auto_pause_minutes: Annotated[int, Field(ge=5, le=1440)] | None = None
    readers: Annotated[int, Field(ge=0, le=15)] = 0
    port: Annotated[int, Field(ge=1150, le=65535)] = 5432
    backup_retention_days: Annotated[int, Field(ge=1, le=35)] = 1
    backup_window: Annotated[str, Field(pattern=DAILY_WINDOW_PATTERN)] = "02:00-03:00"
    maintenance_window: Annotated[str, Field(pattern=WEEKLY_WINDOW_PATTERN)] = "sun:03:30-sun:04:30"


class Secrets(Section):
    """Secrets Manager entries besides the ones that every environment has."""

    rotation_days: Annotated[int, Field(ge=1, le=1000)] = 30
    api_keys: Names = Field(("webhook-signing",), description="Names of generated API keys")


class Webhook(Section):
    """An address that is told about finished videos."""

    url: str
    api_key: str = Field(description="One of `secrets.api_keys`; signs the message")


class Notifications(Section):
    """Who is told about finished videos."""

    webhooks: Annotated[tuple[Webhook, ...], Strict(False)] = ()


LogRetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731,
    1096, 1827, 2192, 2557, 2922, 3288, 3653,
]  # fmt: skip
"""What CloudWatch Logs accepts (API reference of PutRetentionPolicy)."""


class Monitoring(Section):
    """Logs, alarms and their thresholds."""

    log_retention_days: LogRetentionDays = 30
    alarm_email: Annotated[str, Field(pattern=EMAIL_PATTERN)] | None = None
    oldest_message_seconds: Annotated[int, Field(ge=60, le=1_209_600)] = Field(
        3600, description="Alarm when a job waits longer than this for a worker"
    )
    iterator_age_seconds: Annotated[int, Field(ge=10, le=604_800)] = Field(
        300, description="Alarm when the pipe reads records older than this"
    )
    worker_errors_per_5_minutes: Annotated[int, Field(ge=1, le=100_000)] = 5
    database_cpu_percent: Annotated[int, Field(ge=1, le=100)] = 90
    database_connections: Annotated[int, Field(ge=1, le=16_000)] = 150


class Provider(Section):
    """The media service provider (Directive 2010/13/EU, Art. 5)."""

    name: Text = "StreamFlix"
    seat: CountryCode = "NL"
    contact: Text = "compliance@streamflix.example"
    jurisdiction: CountryCode = "NL"
    regulator: Text = "Commissariaat voor de Media"


class DataResidency(Section):
    """Why personal data may be processed outside the EU/EEA (GDPR, chapter V)."""

    legal_basis: Literal["adequacy_decision", "standard_contractual_clauses", "binding_corporate_rules", "derogation"]
    reference: Text
    personal_data_in_content: bool
    approved_by: Text


class Compliance(Section):
    """What EU media law needs to know about the service."""

    provider: Provider = Provider()
    territories: Annotated[tuple[CountryCode, ...], Strict(False), Field(min_length=1)] = ("NL", "DE", "FR")
    rating_systems: dict[CountryCode, Text] = Field(
        default_factory=lambda: {"NL": "kijkwijzer", "DE": "fsk", "FR": "arcom"},
        description="Age rating system of each territory",
    )
    loudness_lufs: Annotated[float, Field(ge=-31, le=-9)] = Field(-23, description="EBU R 128 programme loudness")
    audit_retention_years: Annotated[int, Field(ge=1, le=30)] = 7
    data_residency: DataResidency | None = None


class Profile(Section):
    """Everything that distinguishes one environment from another.

    Raises:
        ValidationError: A field is wrong, or a combination breaks a rule of `lib.profile_rules`.
    """

    environment: Environment = Field(default_factory=Environment)
    aws: Aws = Field(default_factory=Aws)
    state: State = Field(default_factory=State)
    network: Network = Field(default_factory=Network)
    ingest: Ingest = Field(default_factory=Ingest)
    processing: Processing = Field(default_factory=Processing)
    database: Database = Field(default_factory=Database)
    secrets: Secrets = Field(default_factory=Secrets)
    notifications: Notifications = Field(default_factory=Notifications)
    monitoring: Monitoring = Field(default_factory=Monitoring)
    compliance: Compliance = Field(default_factory=Compliance)

    @model_validator(mode="after")
    def _keeps_the_rules(self) -> Self:
        from lib.profile_rules import violations  # noqa: PLC0415 - it reads the section types of this module

        broken = [
            f"{rule.id}: {violation.message}"
            for rule, violation in violations({name: getattr(self, name) for name in type(self).model_fields})
            if violation.severity == "error"
        ]
        if broken:
            raise ValueError("\n".join(broken))
        return self
