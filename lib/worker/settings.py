"""What a task is told through its environment; see `lib.task_environment`."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, Json, SecretStr

from lib.contracts.content import Country
from lib.contracts.ladder import Rung
from lib.worker.database import DatabaseSettings


class _Model(BaseModel):
    # Values are secrets in part: an error names the variable and never shows what stood in it.
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class ProcessingSettings(_Model):
    """The fields of the profile's `processing` section that matter inside a task."""

    ladder: tuple[Rung, ...]
    lease_seconds: int
    max_attempts: int
    backoff_base_seconds: int
    backoff_cap_seconds: int


class ComplianceSettings(_Model):
    """The fields of the profile's `compliance` section that processing follows."""

    territories: tuple[Country, ...]
    loudness_lufs: float


class Receiver(_Model):
    """Who gets webhooks.

    Attributes:
        url: Where to.
        key_arn: Secrets Manager secret that they are signed with.
    """

    url: str = Field(pattern="^https://")
    key_arn: str


class NotificationSettings(_Model):
    """The profile's `notifications` section, with the ARNs of its keys."""

    webhooks: tuple[Receiver, ...]


class TaskSettings(_Model):
    """Settings of all tasks.

    Raises:
        ValidationError: A variable is missing or wrong.
    """

    region: str = Field(alias="AWS_REGION")
    database_host: str = Field(alias="DATABASE_HOST")
    database_port: int = Field(alias="DATABASE_PORT")
    database_name: str = Field(alias="DATABASE_NAME")
    app_secret_arn: str = Field(alias="APP_SECRET_ARN")

    def database(self, secret_arn: str) -> DatabaseSettings:
        """The environment's database, for who owns the secret."""
        return DatabaseSettings(self.database_host, self.database_port, self.database_name, secret_arn)


class MigrationSettings(TaskSettings):
    """Settings of the task `migrate`."""

    owner_secret_arn: str = Field(alias="OWNER_SECRET_ARN")
    operator_secret_arn: str = Field(alias="OPERATOR_SECRET_ARN")


class Settings(TaskSettings):
    """Settings of the tasks `worker` and `housekeep`."""

    scratch: Path = Field(alias="SCRATCH_DIR")
    jobs_queue_url: str = Field(alias="JOBS_QUEUE_URL")
    dead_letter_queue_url: str = Field(alias="JOBS_DEAD_LETTER_QUEUE_URL")
    raw_bucket: str = Field(alias="RAW_BUCKET")
    processed_bucket: str = Field(alias="PROCESSED_BUCKET")
    evidence_bucket: str | None = Field(None, alias="EVIDENCE_BUCKET")
    stream_name: str = Field(alias="STREAM_NAME")
    video_events_topic_arn: str = Field(alias="VIDEO_EVENTS_TOPIC_ARN")
    metrics_namespace: str = Field(alias="METRICS_NAMESPACE")
    processing: Json[ProcessingSettings] = Field(alias="PROCESSING_SETTINGS")
    compliance: Json[ComplianceSettings] = Field(alias="COMPLIANCE_SETTINGS")
    notifications: Json[NotificationSettings] = Field(alias="NOTIFICATION_SETTINGS")
    audit_key: SecretStr = Field(alias="AUDIT_KEY")
    ecs_agent_uri: str | None = Field(None, alias="ECS_AGENT_URI")


class HousekeepingSettings(Settings):
    """Settings of the task `housekeep`."""

    pipe_dead_letter_queue_url: str = Field(alias="PIPE_DEAD_LETTER_QUEUE_URL")
