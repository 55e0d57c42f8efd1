"""Monitoring: who is told what, and where to look."""

import json

from lib.alarms import metric_alarm
from lib.cdk import (
    CloudwatchDashboard,
    CloudwatchEventRule,
    CloudwatchEventTarget,
    CloudwatchEventTargetInputTransformer,
    CloudwatchEventTargetRetryPolicy,
    CloudwatchLogMetricFilter,
    CloudwatchLogMetricFilterMetricTransformation,
    CloudwatchMetricAlarm,
    Construct,
    SnsTopicSubscription,
)
from lib.dashboard import dashboard_body
from lib.database import Database
from lib.encryption import Encryption
from lib.housekeeping import Housekeeping
from lib.ingestion import Ingestion
from lib.naming import Naming
from lib.place import Place
from lib.processing import Processing
from lib.profile import Monitoring as Settings
from lib.queue import Queue
from lib.secrets import Secrets
from lib.tags import data_class
from lib.topics import Topic

ERROR_PATTERN = '{ $.level = "ERROR" }'
"""The tasks log one JSON object a line."""
WORKER_ERRORS = "WorkerErrors"
OLDEST_UNLANDED = "OldestUnlandedRecordSeconds"
"""Age of the oldest streamed video that no worker has landed yet; housekeeping puts it, none when there is none."""
WEBHOOKS_GIVEN_UP = "WebhooksGivenUp"
"""Webhooks that were given up in the last two hours; housekeeping puts it, none when there is none."""
UNLANDED_SECONDS = 12 * 3600
"""Half of the shortest retention that Kinesis has: time to act before anything is lost."""


class Monitoring(Construct):
    """Topics, the alarms of all constructs and some of its own, the rule for failed tasks, the dashboard.

    Args:
        naming: Names of the environment.
        place: Account and region.
        settings: The profile's `monitoring` section.
        encryption: Key of the topics.
        ingestion: Stream and pipe.
        jobs: Jobs queue and its dead-letter queue.
        processing: Cluster, service and tasks.
        database: Aurora cluster.
        secrets: What rotates passwords.
        housekeeping: What mends.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        naming: Naming,
        place: Place,
        settings: Settings,
        encryption: Encryption,
        ingestion: Ingestion,
        jobs: Queue,
        processing: Processing,
        database: Database,
        secrets: Secrets,
        housekeeping: Housekeeping,
    ) -> None:
        super().__init__(scope, id)
        self._naming = naming
        alarms_topic = Topic(
            self,
            "alarms-topic",
            naming=naming,
            name="alarms-topic",
            encryption=encryption,
            publishers={
                "cloudwatch.amazonaws.com": place.arn("cloudwatch", f"alarm:{naming.alarm('*')}"),
                "events.amazonaws.com": place.arn("events", f"rule/{naming.of('task-failures-rule')}"),
            },
        )
        self.alarms_topic_arn = alarms_topic.arn
        self.video_events_topic_arn = Topic(
            self, "video-events-topic", naming=naming, name="video-events-topic", encryption=encryption, publishers={}
        ).arn
        if settings.alarm_email:
            SnsTopicSubscription(
                self, "email", topic_arn=self.alarms_topic_arn, protocol="email", endpoint=settings.alarm_email
            )

        self.alarms = [
            *jobs.alarms,
            *ingestion.alarms,
            *processing.alarms,
            *database.alarms,
            *secrets.alarms,
            *housekeeping.alarms,
            self._worker_errors(processing, settings.worker_errors_per_5_minutes),
            self._task_failures(processing),
            self._oldest_unlanded(processing),
            self._webhooks_given_up(processing),
        ]
        """Every alarm that tells somebody; those that drive the scaling do not."""
        for alarm in self.alarms:
            alarm.alarm_actions = [self.alarms_topic_arn]
            alarm.ok_actions = [self.alarms_topic_arn]

        dashboard = CloudwatchDashboard(
            self,
            "dashboard",
            dashboard_name=naming.of("dashboard"),
            dashboard_body=dashboard_body(
                place=place,
                environment=naming.suffix,
                alarm_arns=[str(alarm.arn) for alarm in self.alarms],
                ingestion=ingestion,
                jobs=jobs,
                processing=processing,
                database=database,
                worker_errors=WORKER_ERRORS,
            ),
        )
        self.dashboard_name = str(dashboard.dashboard_name)

    def _worker_errors(self, processing: Processing, per_5_minutes: int) -> CloudwatchMetricAlarm:
        CloudwatchLogMetricFilter(
            self,
            "worker-errors",
            name=self._naming.of("worker-errors-filter"),
            log_group_name=processing.worker.log_group_name,
            pattern=ERROR_PATTERN,
            metric_transformation=CloudwatchLogMetricFilterMetricTransformation(
                namespace=processing.metrics_namespace, name=WORKER_ERRORS, value="1", default_value="0"
            ),
        )
        return metric_alarm(
            self,
            "worker-errors",
            naming=self._naming,
            description="Workers log many errors. `streamflix logs` shows them; with `--job` those of one video.",
            namespace=processing.metrics_namespace,
            metric=WORKER_ERRORS,
            dimensions={},
            statistic="Sum",
            threshold=per_5_minutes,
            comparison="GreaterThanOrEqualToThreshold",
            period_seconds=300,
        )

    def _task_failures(self, processing: Processing) -> CloudwatchMetricAlarm:
        """Tells of each failed task with its reason; the alarm on the rule's own metric shows that there were any."""
        rule = CloudwatchEventRule(
            self,
            "task-failures",
            name=self._naming.of("task-failures-rule"),
            description=f"Tasks of {self._naming.suffix} that could not start or ended with an error",
            event_pattern=json.dumps(
                {
                    "source": ["aws.ecs"],
                    "detail-type": ["ECS Task State Change"],
                    "detail": {
                        "clusterArn": [processing.cluster_arn],
                        "lastStatus": ["STOPPED"],
                        "$or": [
                            {"stopCode": ["TaskFailedToStart"]},
                            {
                                "stopCode": ["EssentialContainerExited"],
                                "containers": {"exitCode": [{"anything-but": [0]}]},
                            },
                        ],
                    },
                }
            ),
            tags=data_class("internal"),
        )
        CloudwatchEventTarget(
            self,
            "tell-of-task-failures",
            rule=rule.name,
            target_id="alarms-topic",
            arn=self.alarms_topic_arn,
            input_transformer=CloudwatchEventTargetInputTransformer(
                input_paths={
                    "code": "$.detail.stopCode",
                    "group": "$.detail.group",
                    "reason": "$.detail.stoppedReason",
                    "task": "$.detail.taskArn",
                },
                input_template='"Task <task> of <group> failed (<code>): <reason>"',
            ),
            retry_policy=CloudwatchEventTargetRetryPolicy(maximum_event_age_in_seconds=3600, maximum_retry_attempts=10),
        )
        return metric_alarm(
            self,
            "task-failures",
            naming=self._naming,
            description="Tasks could not start or ended with an error; a message for each says which task and why. "
            "`streamflix logs` shows what it logged last, with `--task migrate` or `--task housekeep` those tasks'.",
            namespace="AWS/Events",
            metric="TriggeredRules",
            dimensions={"RuleName": str(rule.name)},
            statistic="Sum",
            threshold=0,
            period_seconds=300,
        )

    def _oldest_unlanded(self, processing: Processing) -> CloudwatchMetricAlarm:
        return metric_alarm(
            self,
            "oldest-unlanded-record",
            naming=self._naming,
            description=f"A streamed video has waited for {UNLANDED_SECONDS // 3600} hours to be landed in S3. After "
            "the stream's retention its bytes are lost: `streamflix status` shows whether workers run. If that takes "
            "longer to mend, lengthen `ingest.retention_hours` and deploy.",
            namespace=processing.metrics_namespace,
            metric=OLDEST_UNLANDED,
            dimensions={},
            statistic="Maximum",
            threshold=UNLANDED_SECONDS,
            period_seconds=300,
        )

    def _webhooks_given_up(self, processing: Processing) -> CloudwatchMetricAlarm:
        return metric_alarm(
            self,
            "webhooks-given-up",
            naming=self._naming,
            description="A receiver of webhooks was not told how jobs ended, and will not be: it failed for a day, "
            "answered 410, or is not configured any more. `streamflix logs` shows which receiver and why; it has to "
            "be told of these jobs by other means.",
            namespace=processing.metrics_namespace,
            metric=WEBHOOKS_GIVEN_UP,
            dimensions={},
            statistic="Maximum",
            threshold=0,
            period_seconds=300,
        )
