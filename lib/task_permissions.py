"""What the tasks may do, each by a role of its own, and what ECS may do for them."""

from collections.abc import Sequence

from lib.encryption import Encryption
from lib.iam import ServiceRole, Statement
from lib.image import repository_arn
from lib.ingestion import Ingestion
from lib.queue import Queue
from lib.secrets import Secrets
from lib.storage import Storage


def allow_execution(
    role: ServiceRole,
    *,
    image: str,
    log_group_arns: Sequence[str],
    secret_arns: Sequence[str],
    encryption: Encryption,
) -> None:
    """What ECS does before and around a container: pull its image, write its log, inject its secrets."""
    repository = repository_arn(image)
    if repository is not None:
        role.allow(
            "pull-image",
            # GetAuthorizationToken has no resource (IAM service authorization reference).
            Statement(("ecr:GetAuthorizationToken",), ["*"]),
            Statement(
                ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"), [repository]
            ),
        )
    role.allow(
        "write-logs",
        Statement(("logs:CreateLogStream", "logs:PutLogEvents"), [f"{arn}:*" for arn in log_group_arns]),
    )
    _allow_secrets(role, "inject-secrets", list(dict.fromkeys(secret_arns)), encryption)


def allow_work(
    roles: Sequence[ServiceRole],
    *,
    encryption: Encryption,
    storage: Storage,
    jobs: Queue,
    secrets: Secrets,
    signing_key_arns: Sequence[str],
    video_events_topic_arn: str,
    metrics_namespace: str,
) -> None:
    """What workers and housekeeping both do: doorbells, dead letters, evidence, events, webhooks, metrics."""
    for role in roles:
        jobs.grant_send(role)
        if jobs.dead_letter is not None:
            jobs.dead_letter.grant_send(role)
        if storage.evidence is not None:
            storage.evidence.grant_write(role)
        _allow_secrets(role, "read-credentials", [secrets.app_secret_arn, *signing_key_arns], encryption)
        role.allow(
            "publish-events",
            Statement(("sns:Publish",), [video_events_topic_arn]),
            encryption.statement_encrypt("sns"),
        )
        role.allow(
            "put-metrics",
            # PutMetricData has no resource; the namespace is what restrains it.
            Statement(
                ("cloudwatch:PutMetricData",), ["*"], {"StringEquals": {"cloudwatch:namespace": metrics_namespace}}
            ),
        )


def allow_claims(role: ServiceRole, *, ingestion: Ingestion, storage: Storage, jobs: Queue, task_arns: str) -> None:
    """What workers alone do: answer doorbells, land and encode videos, protect themselves while busy."""
    jobs.grant_consume(role)
    ingestion.grant_read(role)
    for bucket in (storage.raw, storage.processed):
        bucket.grant_read(role)
        bucket.grant_write(role)
    role.allow("protect-tasks", Statement(("ecs:GetTaskProtection", "ecs:UpdateTaskProtection"), [task_arns]))


def allow_housekeeping(role: ServiceRole, *, ingestion: Ingestion, storage: Storage, jobs: Queue) -> None:
    """What housekeeping alone does: look at the queue, follow up what the pipe gave up, remove what nobody needs."""
    jobs.grant_inspect(role)
    ingestion.pipe_dead_letter.grant_consume(role)
    ingestion.grant_read(role)
    storage.processed.grant_read(role)
    storage.processed.grant_delete(role)


def allow_migrations(role: ServiceRole, *, encryption: Encryption, secrets: Secrets) -> None:
    """What the migrations do: connect as the owner, and give the roles that they make their passwords."""
    arns = [secrets.owner_secret_arn, secrets.app_secret_arn, secrets.operator_secret_arn]
    _allow_secrets(role, "read-credentials", arns, encryption)


def _allow_secrets(role: ServiceRole, what: str, arns: Sequence[str], encryption: Encryption) -> None:
    role.allow(
        what,
        Statement(("secretsmanager:GetSecretValue",), arns),
        encryption.statement_decrypt("secretsmanager"),
    )
