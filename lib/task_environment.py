"""What the tasks are told: the environment variables that stand in the task definitions.

Worker, migrations and housekeeping know the deployed system by these alone and never build a name themselves.
Credentials that rotate are named by ARN and read when needed; keys that never change are injected as `secrets`.
"""

import json

from lib.database import Database
from lib.ingestion import Ingestion
from lib.naming import Naming
from lib.place import Place
from lib.profile import Profile
from lib.queue import Queue
from lib.secrets import Secrets
from lib.storage import Storage
from lib.tasks import SCRATCH, TaskName

WORKER_SETTINGS = {
    "ladder",
    "segment_seconds",
    "lease_seconds",
    "max_attempts",
    "backoff_base_seconds",
    "backoff_cap_seconds",
}
"""Fields of the profile's `processing` section that matter inside a task; the rest would only restart workers."""


class TaskEnvironment:
    """The variables of each task.

    Args:
        naming: Names of the environment.
        place: Account and region.
        profile: Settings that the tasks follow.
        storage: Buckets.
        ingestion: Stream, and the queue of what its pipe gave up.
        jobs: Jobs queue.
        database: Database that all tasks use.
        secrets: Credentials and keys.
        metrics_namespace: CloudWatch namespace of the tasks' metrics.
        video_events_topic_arn: Topic on which finished videos are told.
    """

    def __init__(
        self,
        *,
        naming: Naming,
        place: Place,
        profile: Profile,
        storage: Storage,
        ingestion: Ingestion,
        jobs: Queue,
        database: Database,
        secrets: Secrets,
        metrics_namespace: str,
        video_events_topic_arn: str,
    ) -> None:
        self._secrets = secrets
        self._pipe_dead_letter_url = ingestion.pipe_dead_letter.url
        webhooks = [
            {"url": webhook.url, "key_arn": secrets.api_key_arns[webhook.api_key]}
            for webhook in profile.notifications.webhooks
        ]
        self.signing_key_arns = list(dict.fromkeys(webhook["key_arn"] for webhook in webhooks))
        """Keys that webhooks are signed with: people rotate them, so they are read when needed."""
        self._database = {
            "AWS_REGION": place.region,
            "STREAMFLIX_ENVIRONMENT": naming.suffix,
            "DATABASE_HOST": database.endpoint,
            "DATABASE_PORT": str(database.port),
            "DATABASE_NAME": database.name,
            "APP_SECRET_ARN": secrets.app_secret_arn,
            "TMPDIR": SCRATCH,
        }
        self._work = {
            "SCRATCH_DIR": SCRATCH,
            "JOBS_QUEUE_URL": jobs.url,
            "RAW_BUCKET": storage.raw.name,
            "PROCESSED_BUCKET": storage.processed.name,
            "STREAM_NAME": ingestion.stream_name,
            "VIDEO_EVENTS_TOPIC_ARN": video_events_topic_arn,
            "METRICS_NAMESPACE": metrics_namespace,
            "PROCESSING_SETTINGS": profile.processing.model_dump_json(include=WORKER_SETTINGS),
            "NOTIFICATION_SETTINGS": json.dumps({"webhooks": webhooks}),
            "COMPLIANCE_SETTINGS": profile.compliance.model_dump_json(),
        }
        if jobs.dead_letter is not None:
            self._work["JOBS_DEAD_LETTER_QUEUE_URL"] = jobs.dead_letter.url
        if storage.evidence is not None:
            self._work["EVIDENCE_BUCKET"] = storage.evidence.name

    def variables(self, task: TaskName) -> dict[str, str]:
        """Plain variables of a task."""
        if task == "migrate":
            return {
                **self._database,
                "OWNER_SECRET_ARN": self._secrets.owner_secret_arn,
                "OPERATOR_SECRET_ARN": self._secrets.operator_secret_arn,
            }
        if task == "housekeep":
            return {**self._database, **self._work, "PIPE_DEAD_LETTER_QUEUE_URL": self._pipe_dead_letter_url}
        return {**self._database, **self._work}

    def secrets(self, task: TaskName) -> dict[str, str]:
        """Variables that ECS fills from Secrets Manager, by ARN.

        The migrations run as the owner, who must not know the audit key.
        """
        return {} if task == "migrate" else {"AUDIT_KEY": self._secrets.audit_key_arn}
