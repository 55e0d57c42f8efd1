"""The stream that takes submissions in, and the pipe that turns them into messages for the workers."""

from lib.cdk import CloudwatchMetricAlarm, Construct, KinesisStream
from lib.encryption import Encryption
from lib.iam import ServiceRole, Statement
from lib.naming import Naming
from lib.place import Place
from lib.profile import Ingest as Settings
from lib.queue import DeadLetterQueue, Queue
from lib.tags import data_class


class Ingestion(Construct):
    """Kinesis stream -> EventBridge Pipe -> jobs queue."""

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
        self.alarms: list[CloudwatchMetricAlarm] = []
        self._stream = KinesisStream(
            self,
            "stream",
            name=naming.of("kinesis-stream"),
            shard_count=settings.shard_count or 1,
            tags=data_class("content"),
        )
        self.pipe_name = naming.of("ingest-pipe")
        self.pipe_dead_letter = DeadLetterQueue(
            self,
            "pipe-dead-letters",
            naming=naming,
            place=place,
            name="pipe-dead-letter-queue",
            encryption=encryption,
        )
        self.alarms += self.pipe_dead_letter.alarms

    @property
    def stream_name(self) -> str:
        """Name of the stream."""
        return str(self._stream.name)

    @property
    def stream_arn(self) -> str:
        """ARN of the stream."""
        return str(self._stream.arn)

    def statement_put(self) -> Statement:
        """Permission of a producer (and `Encryption.statement_encrypt("kinesis")` besides)."""
        return Statement(
            ("kinesis:DescribeStreamSummary", "kinesis:ListShards", "kinesis:PutRecord", "kinesis:PutRecords"),
            [self.stream_arn],
        )

    def statement_read(self) -> Statement:
        """Permission of a worker that lands a streamed video (and `Encryption.statement_decrypt("kinesis")`)."""
        return Statement(
            ("kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"),
            [self.stream_arn],
        )

    def grant_read(self, role: ServiceRole) -> None:
        """Lets a role read records, with the key's use for it."""
        role.allow("read-stream", self.statement_read(), self._encryption.statement_decrypt("kinesis"))
