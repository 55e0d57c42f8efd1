"""The EventBridge Pipe from the stream to the jobs queue."""

import json
from functools import cached_property

from lib.alarms import metric_alarm
from lib.cdk import (
    CloudwatchMetricAlarm,
    Construct,
    KinesisStream,
    PipesPipe,
    PipesPipeLogConfiguration,
    PipesPipeLogConfigurationCloudwatchLogsLogDestination,
    PipesPipeSourceParameters,
    PipesPipeSourceParametersFilterCriteria,
    PipesPipeSourceParametersFilterCriteriaFilter,
    PipesPipeSourceParametersKinesisStreamParameters,
    PipesPipeSourceParametersKinesisStreamParametersDeadLetterConfig,
)
from lib.encryption import Encryption
from lib.iam import ServiceRole, Statement
from lib.logs import log_group
from lib.naming import Naming
from lib.place import Place
from lib.queue import DeadLetterQueue, Queue
from lib.tags import data_class

SUBMISSIONS = {"partitionKey": [{"prefix": "submit/"}]}
"""What the pipe passes on; the chunks of streamed videos stay in the stream until a worker lands them."""
BATCH_SIZE = 10
"""As many as SQS takes in one call (EventBridge user guide, "Pipes batching")."""
RETRIES = 30
"""With the service's back-off this outlasts a short outage of SQS or KMS, and still frees a blocked shard."""
RECORD_AGE_LIMIT_SECONDS = 604_800
"""Pipes API reference, MaximumRecordAgeInSeconds."""


class IngestPipe(Construct):
    """Passes submissions on, each as a message of its own.

    The message is the pipe's envelope of one record, unchanged: base64 `data`, `partitionKey`,
    `sequenceNumber`, `approximateArrivalTimestamp`.

    Args:
        naming: Names of the environment.
        place: Account and region.
        stream: Where records come from.
        retention_hours: How long the stream keeps them.
        target: The queue that submissions go to.
        encryption: Key that encrypts stream, queues and log.
        log_retention_days: How long the pipe's log is kept.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        naming: Naming,
        place: Place,
        stream: KinesisStream,
        retention_hours: int,
        target: Queue,
        encryption: Encryption,
        log_retention_days: int,
    ) -> None:
        super().__init__(scope, id)
        self._name = naming.of("ingest-pipe")
        self.dead_letter = DeadLetterQueue(
            self, "dead-letters", naming=naming, place=place, name="pipe-dead-letter-queue", encryption=encryption
        )
        self._log_group = log_group(
            self,
            "log-group",
            # Under this prefix CloudWatch Logs needs no entry in the account's size-limited resource policy.
            name=f"/aws/vendedlogs/pipes/{self._name}",
            encryption=encryption,
            retention_days=log_retention_days,
        )
        role = self._add_role(naming, place, target, encryption)
        self._pipe = PipesPipe(
            self,
            "pipe",
            name=self._name,
            description="Submissions from the stream to the jobs queue",
            desired_state="RUNNING",
            role_arn=role.arn,
            source=stream.arn,
            source_parameters=self._source(retention_hours),
            target=target.arn,
            log_configuration=PipesPipeLogConfiguration(
                level="ERROR",
                cloudwatch_logs_log_destination=PipesPipeLogConfigurationCloudwatchLogsLogDestination(
                    log_group_arn=self._log_group.arn
                ),
            ),
            # All that a pipe stores is its filter, which is no secret: it has no key of ours.
            tags=data_class("internal"),
            # A pipe tries its permissions when it is made, and the provider does not try again.
            depends_on=role.policies,
        )
        self.alarms: list[CloudwatchMetricAlarm] = [*self.dead_letter.alarms, self._failures_alarm(naming)]

    @cached_property
    def name(self) -> str:
        """Name of the pipe."""
        return str(self._pipe.name)

    def _add_role(self, naming: Naming, place: Place, target: Queue, encryption: Encryption) -> ServiceRole:
        """The pipe's role. Its policies wait for neither stream nor queues, whose ARNs they build.

        While those are made, which takes half a minute, the policies spread through IAM.
        """
        role = ServiceRole(
            self,
            "role",
            name=naming.of("ingest-pipe-role"),
            service="pipes.amazonaws.com",
            source_account=place.account_id,
            source_arn=place.arn("pipes", f"pipe/{self._name}"),
        )
        role.allow(
            "poll-stream",
            # EventBridge user guide, "Kinesis execution role permissions".
            Statement(
                (
                    "kinesis:DescribeStream",
                    "kinesis:DescribeStreamSummary",
                    "kinesis:GetRecords",
                    "kinesis:GetShardIterator",
                    "kinesis:ListShards",
                    "kinesis:SubscribeToShard",
                ),
                [place.arn("kinesis", f"stream/{naming.of('kinesis-stream')}")],
            ),
            encryption.statement_decrypt("kinesis"),
        )
        target.grant_send(role)
        self.dead_letter.grant_send(role)
        role.allow(
            "write-log",
            Statement(("logs:CreateLogStream", "logs:PutLogEvents"), [f"{self._log_group.arn}:log-stream:*"]),
        )
        return role

    def _source(self, retention_hours: int) -> PipesPipeSourceParameters:
        kinesis = PipesPipeSourceParametersKinesisStreamParameters(
            # A submission made before the pipe runs is delivered too.
            starting_position="TRIM_HORIZON",
            batch_size=BATCH_SIZE,
            maximum_batching_window_in_seconds=1,
            parallelization_factor=1,
            # Both are infinite by default, and one poisonous record would then block its shard. The age is as
            # long as the stream remembers: after a stop, a restarted pipe still delivers everything.
            maximum_retry_attempts=RETRIES,
            maximum_record_age_in_seconds=min(retention_hours * 3600, RECORD_AGE_LIMIT_SECONDS),
            on_partial_batch_item_failure="AUTOMATIC_BISECT",
            dead_letter_config=PipesPipeSourceParametersKinesisStreamParametersDeadLetterConfig(
                arn=self.dead_letter.arn
            ),
        )
        pattern = PipesPipeSourceParametersFilterCriteriaFilter(pattern=json.dumps(SUBMISSIONS))
        return PipesPipeSourceParameters(
            kinesis_stream_parameters=kinesis,
            filter_criteria=PipesPipeSourceParametersFilterCriteria(filter=[pattern]),
        )

    def _failures_alarm(self, naming: Naming) -> CloudwatchMetricAlarm:
        return metric_alarm(
            self,
            "pipe-failures",
            naming=naming,
            description="The pipe cannot deliver submissions to the jobs queue. Its log group says why; look at the "
            "permissions of its role on queue and key first. It tries again by itself; what it gives up goes to its "
            "dead-letter queue.",
            namespace="AWS/EventBridge/Pipes",
            metric="ExecutionFailed",
            dimensions={"PipeName": self.name},
            statistic="Sum",
            threshold=0,
        )
