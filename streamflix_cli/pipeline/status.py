"""A pipeline at a glance: what waits, what works, what is wrong."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from botocore.exceptions import BotoCoreError, ClientError

from streamflix_cli.errors import StreamflixError
from streamflix_cli.pipeline.environment import Pipeline
from streamflix_cli.pipeline.failures import is_passing, said
from streamflix_cli.pipeline.jobs import JobBook
from streamflix_cli.pipeline.models import Model

METRIC_WINDOW = timedelta(minutes=10)
"""How far back the newest value of a metric may lie; CloudWatch is a minute or two behind."""
PERIOD_SECONDS = 60
_DEPTHS = {
    "visible": "ApproximateNumberOfMessages",
    "in_flight": "ApproximateNumberOfMessagesNotVisible",
    "delayed": "ApproximateNumberOfMessagesDelayed",
}


class Stream(Model):
    """The stream and the pipe that reads it.

    Attributes:
        lag_seconds: Age of the oldest record that the pipe has not read; None if no metric tells.
        pipe: State of the pipe, as `RUNNING`.
    """

    name: str
    state: str
    shards: int
    lag_seconds: float | None
    pipe: str


class Queue(Model):
    """A queue.

    Attributes:
        name: `jobs`, `dead_letters` (jobs that are dead) or `pipe_dead_letters` (submissions not delivered).
        visible: Messages that wait.
        in_flight: Messages that somebody works on.
        delayed: Messages for later.
    """

    name: str
    visible: int
    in_flight: int
    delayed: int


class Tasks(Model):
    """The worker service."""

    desired: int
    running: int
    pending: int


class DatabaseStatus(Model):
    """The database cluster.

    Attributes:
        state: As RDS tells it, or `paused`.
        capacity: ACU now; None if no metric tells.
        min_acu: Least ACU; 0 if it may pause.
        max_acu: Most ACU.
    """

    state: str
    capacity: float | None
    min_acu: float | None
    max_acu: float | None


class Alarm(Model):
    """An alarm that rings."""

    name: str
    reason: str
    since: str


class Status(Model):
    """Of `status`.

    Attributes:
        jobs: How many there are by state; None if the database was not asked.
        note: Why not.
    """

    environment: str
    time: str
    stream: Stream
    queues: list[Queue]
    tasks: Tasks
    database: DatabaseStatus
    jobs: dict[str, int] | None
    note: str | None
    alarms: list[Alarm]


class Watcher:
    """Looks at one pipeline, again and again.

    Args:
        pipeline: The pipeline.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._book = JobBook(pipeline)
        self._jobs: dict[str, int] | None = None

    def look(self) -> Status:
        """The pipeline as it is now. A paused database stays paused.

        Raises:
            botocore.exceptions.ClientError: A service refuses to tell.
        """
        database = self._database()
        queues = self._queues()
        tasks = self._tasks()
        working = tasks.running > 0 or any(one.visible + one.in_flight for one in queues if one.name == "jobs")
        return Status(
            environment=self._pipeline.name,
            time=datetime.now(UTC).isoformat(timespec="seconds"),
            stream=self._stream(),
            queues=queues,
            tasks=tasks,
            database=database,
            note=self._count_jobs(database, working=working),
            jobs=self._jobs,
            alarms=self._alarms(),
        )

    def watch(self, seconds: float, *, say: Callable[[str], None]) -> Iterator[Status]:
        """Looks every so many seconds, for ever.

        Args:
            seconds: Between two looks.
            say: Told when AWS cannot be reached any more; a later look may.

        Raises:
            StreamflixError: `ENVIRONMENT_NOT_DEPLOYED`: the local cloud was stopped.
            botocore.exceptions.ClientError: A service refuses to tell.
        """
        answers = True
        while True:
            try:
                yield self.look()
                answers = True
            except (BotoCoreError, ClientError) as error:
                if not is_passing(error):
                    raise
                self._pipeline.check_there()
                if answers:
                    say(f"{said(error)} Trying again.")
                answers = False
            time.sleep(seconds)

    def _count_jobs(self, database: DatabaseStatus, *, working: bool) -> str | None:
        """Counts the jobs, unless that would wake the database or keep it awake. Returns why it was not done."""
        if database.state == "paused":
            return "the database is paused"
        if database.min_acu == 0 and self._jobs is not None and not working:
            return "as counted last: nothing works, so the database may pause"
        try:
            self._jobs = self._book.counts()
        except StreamflixError as error:
            return error.message
        return None

    def _stream(self) -> Stream:
        name = self._pipeline.output("stream_name")
        summary = self._pipeline.client("kinesis").describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
        pipe = self._pipeline.client("pipes").describe_pipe(Name=self._pipeline.output("pipe_name"))
        lag = self._newest("AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", {"StreamName": name})
        return Stream(
            name=name,
            state=summary["StreamStatus"],
            shards=summary["OpenShardCount"],
            lag_seconds=None if lag is None else lag / 1000,
            pipe=pipe["CurrentState"],
        )

    def _queues(self) -> list[Queue]:
        urls = {
            "jobs": "jobs_queue_url",
            "dead_letters": "jobs_dead_letter_queue_url",
            "pipe_dead_letters": "pipe_dead_letter_queue_url",
        }
        return [self._queue(name, self._pipeline.output(url)) for name, url in urls.items()]

    def _queue(self, name: str, url: str) -> Queue:
        answer = self._pipeline.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=list(_DEPTHS.values()))
        return Queue(name=name, **{field: int(answer["Attributes"][told]) for field, told in _DEPTHS.items()})

    def _tasks(self) -> Tasks:
        answer = self._pipeline.client("ecs").describe_services(
            cluster=self._pipeline.output("cluster_name"), services=[self._pipeline.output("service_name")]
        )
        (service,) = answer["services"]
        return Tasks(desired=service["desiredCount"], running=service["runningCount"], pending=service["pendingCount"])

    def _database(self) -> DatabaseStatus:
        arn = self._pipeline.output("database_cluster_arn")
        (cluster,) = self._pipeline.client("rds").describe_db_clusters(DBClusterIdentifier=arn)["DBClusters"]
        scaling = cluster.get("ServerlessV2ScalingConfiguration", {})
        capacity = self._newest(
            "AWS/RDS", "ServerlessDatabaseCapacity", {"DBClusterIdentifier": cluster["DBClusterIdentifier"]}
        )
        # A paused cluster is `available`, with a capacity of 0 (Aurora user guide, "Scaling to zero").
        paused = capacity == 0
        return DatabaseStatus(
            state="paused" if paused else cluster["Status"],
            capacity=capacity,
            min_acu=scaling.get("MinCapacity"),
            max_acu=scaling.get("MaxCapacity"),
        )

    def _alarms(self) -> list[Alarm]:
        """Those that tell somebody: what only drives the scaling has no business with the topic."""
        topic = self._pipeline.output("alarms_topic_arn")
        pages = self._pipeline.client("cloudwatch").get_paginator("describe_alarms").paginate(ActionPrefix=topic)
        return [
            Alarm(
                name=one["AlarmName"],
                reason=one.get("StateReason", ""),
                since=one["StateUpdatedTimestamp"].astimezone(UTC).isoformat(timespec="seconds"),
            )
            for page in pages
            for one in page["MetricAlarms"]
            if one["StateValue"] == "ALARM"
        ]

    def _newest(self, namespace: str, name: str, dimensions: Mapping[str, str]) -> float | None:
        """The newest value of a metric, the maximum of its minute."""
        now = datetime.now(UTC)
        stat: dict[str, Any] = {
            "Metric": {
                "Namespace": namespace,
                "MetricName": name,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            },
            "Period": PERIOD_SECONDS,
            "Stat": "Maximum",
        }
        order: Literal["TimestampDescending"] = "TimestampDescending"
        answer = self._pipeline.client("cloudwatch").get_metric_data(
            MetricDataQueries=[{"Id": "newest", "MetricStat": stat}],
            StartTime=now - METRIC_WINDOW,
            # Times go out in whole seconds: what was put in this second lies behind `now`.
            EndTime=now + timedelta(seconds=PERIOD_SECONDS),
            ScanBy=order,
        )
        values = answer["MetricDataResults"][0]["Values"]
        return float(values[0]) if values else None
