"""The stream that takes submissions in, and the pipe that turns them into messages for the workers."""

from functools import cached_property

from lib.alarms import metric_alarm
from lib.cdk import CloudwatchMetricAlarm, Construct, KinesisStream, KinesisStreamStreamModeDetails
from lib.encryption import Encryption
from lib.iam import ServiceRole, Statement
from lib.naming import Naming
from lib.pipe import IngestPipe
from lib.place import Place
from lib.profile import Ingest as Settings
from lib.queue import Queue
from lib.tags import data_class

STOPPED_AFTER_MINUTES = 5


class Ingestion(Construct):
    """Kinesis stream -> EventBridge Pipe -> jobs queue.

    Args:
        naming: Names of the environment.
        place: Account and region.
        settings: Shards and retention of the stream.
        encryption: Key that encrypts stream, queues and log.
        jobs: The queue that submissions go to.
        iterator_age_seconds: Alarm when records are read later than this.
        log_retention_days: How long the pipe's log is kept.
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
        jobs: Queue,
        iterator_age_seconds: int,
        log_retention_days: int,
    ) -> None:
        super().__init__(scope, id)
        self._encryption = encryption
        provisioned = settings.stream_mode == "provisioned"
        self._stream = KinesisStream(
            self,
            "stream",
            name=naming.of("kinesis-stream"),
            stream_mode_details=KinesisStreamStreamModeDetails(
                stream_mode="PROVISIONED" if provisioned else "ON_DEMAND"
            ),
            shard_count=(settings.shard_count or 1) if provisioned else None,
            retention_period=settings.retention_hours,
            encryption_type="KMS",
            kms_key_id=encryption.key_arn,
            enforce_consumer_deletion=True,
            tags=data_class("content"),
        )
        self._pipe = IngestPipe(
            self,
            "pipe",
            naming=naming,
            place=place,
            stream=self._stream,
            retention_hours=settings.retention_hours,
            target=jobs,
            encryption=encryption,
            log_retention_days=log_retention_days,
        )
        self.pipe_dead_letter: Queue = self._pipe.dead_letter
        self.alarms: list[CloudwatchMetricAlarm] = [
            *self._pipe.alarms,
            self._iterator_age_alarm(naming, iterator_age_seconds),
            self._pipe_stopped_alarm(naming),
        ]

    @cached_property
    def stream_name(self) -> str:
        """Name of the stream."""
        return str(self._stream.name)

    @cached_property
    def stream_arn(self) -> str:
        """ARN of the stream."""
        return str(self._stream.arn)

    @cached_property
    def pipe_name(self) -> str:
        """Name of the pipe."""
        return self._pipe.name

    def statement_put(self) -> Statement:
        """Permission of a producer (`Encryption.statement_encrypt("kinesis")` is needed besides)."""
        return Statement(
            ("kinesis:DescribeStreamSummary", "kinesis:ListShards", "kinesis:PutRecord", "kinesis:PutRecords"),
            [self.stream_arn],
        )

    def statement_read(self) -> Statement:
        """Permission to read records by shard and number (`Encryption.statement_decrypt("kinesis")` besides)."""
        return Statement(("kinesis:GetRecords", "kinesis:GetShardIterator"), [self.stream_arn])

    def grant_read(self, role: ServiceRole) -> None:
        """Lets a role read records, with the use of the key that it takes."""
        role.allow("read-stream", self.statement_read(), self._encryption.statement_decrypt("kinesis"))

    def _iterator_age_alarm(self, naming: Naming, seconds: int) -> CloudwatchMetricAlarm:
        return metric_alarm(
            self,
            "iterator-age",
            naming=naming,
            description=f"Records of the stream are read more than {seconds} s after they came in, by the pipe or by "
            "workers that land streamed videos. What is older than the stream's retention is lost. "
            "`streamflix status` shows the lag, the pipe's state and the workers.",
            namespace="AWS/Kinesis",
            metric="GetRecords.IteratorAgeMilliseconds",
            dimensions={"StreamName": self.stream_name},
            statistic="Maximum",
            threshold=seconds * 1000,
            evaluation_periods=3,
        )

    def _pipe_stopped_alarm(self, naming: Naming) -> CloudwatchMetricAlarm:
        """A running pipe polls every shard all the time, with or without records.

        Its own metrics cannot tell: they are silent both when it is stopped and when nobody submits.
        Workers read only while they land a video, which without the pipe they soon do no more.
        """
        return metric_alarm(
            self,
            "pipe-stopped",
            naming=naming,
            description=f"Nobody has read the stream for {STOPPED_AFTER_MINUTES} minutes: the pipe is stopped, or was "
            "disabled after lasting errors. `streamflix status` shows its state, the EventBridge console why; start it "
            "again there, it goes on where it stopped.",
            namespace="AWS/Kinesis",
            metric="GetRecords.Success",
            dimensions={"StreamName": self.stream_name},
            statistic="Sum",
            threshold=1,
            comparison="LessThanThreshold",
            evaluation_periods=STOPPED_AFTER_MINUTES,
            missing_data="breaching",
        )
