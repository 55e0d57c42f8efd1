"""Every alarm of the deployed stack rings when its condition holds, and ends with it; its topic hears of both.

What the local cloud can bring about is brought about: messages, failures, a stopped pipe. The metrics of services that
it does not have are put.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lib.profile import Monitoring, Processing, Profile
from streamflix_cli.profiles.selection import select
from tests.control_plane import serving
from tests.integration.local.deployed import ACCOUNT, SUFFIX, Deployed, subject_of
from tests.integration.local.parts import REGION, RunningPart, eventually
from tests.unit.lib.synthesis import synthesize_pipeline

ROOT = Path(__file__).parents[3]
TIME_SCALE = 20
PROFILE = Profile(
    processing=Processing(min_tasks=0), monitoring=Monitoring(oldest_message_seconds=60, worker_errors_per_5_minutes=5)
)
NO_COMMAND: dict[str, Any] = {}
EXITS_1 = {"command": ["python", "-c", "raise SystemExit(1)"]}
SMALL, USUAL = "1024", "1048576"
"""Largest message of the jobs queue in bytes: less and as much as a submission has."""


class Cloud:
    """The part of the stack that alarms look at, and how it gets into trouble."""

    def __init__(self, endpoint: str) -> None:
        self.deployed = Deployed(PROFILE, endpoint)
        self.queues = self.deployed.queues()
        self.topic = self.deployed.topics()["alarms-topic"]
        self.cluster = self.deployed.cluster()
        self.service = self.deployed.service(self.cluster, NO_COMMAND)
        self.stream = self.deployed.stream_and_pipe()
        self.log_group = self.deployed.log_metrics()
        self.deployed.rules()
        self.heard = self._subscribe()
        self.notifications: list[dict[str, str]] = []
        # Before the alarms: it gets old meanwhile.
        self.send("video-jobs-queue")
        self.deployed.alarms()

    def client(self, service: str) -> Any:
        return self.deployed.client(service)

    def _subscribe(self) -> str:
        url: str = self.client("sqs").create_queue(QueueName="heard")["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:heard"
        self.client("sns").subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)
        return url

    def listen(self) -> None:
        """Takes what the topic has delivered."""
        sqs = self.client("sqs")
        while messages := sqs.receive_message(QueueUrl=self.heard, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self.notifications.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self.heard, ReceiptHandle=message["ReceiptHandle"])

    def told(self, subject: str) -> list[str]:
        """The states of an alarm that its topic was told of, one after the other."""
        name = f"alarm-{subject}-{SUFFIX}"
        messages = [json.loads(one["Message"]) for one in self.notifications if "Subject" in one]
        return [message["NewStateValue"] for message in messages if message["AlarmName"] == name]

    def alarm(self, subject: str) -> dict[str, Any]:
        name = f"alarm-{subject}-{SUFFIX}"
        (alarm,) = self.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return dict(alarm)

    def states(self) -> dict[str, str]:
        """The states of all alarms by subject."""
        alarms = self.client("cloudwatch").describe_alarms(AlarmNamePrefix="alarm-")["MetricAlarms"]
        return {subject_of({"alarm_name": one["AlarmName"]}): one["StateValue"] for one in alarms}

    def send(self, queue: str) -> None:
        self.client("sqs").send_message(QueueUrl=self.queues[queue], MessageBody="{}")

    def purge(self, queue: str) -> None:
        self.client("sqs").purge_queue(QueueUrl=self.queues[queue])

    def waiting(self) -> int:
        """How many messages wait for a worker."""
        name = "ApproximateNumberOfMessages"
        asked = {"QueueUrl": self.queues["video-jobs-queue"], "AttributeNames": [name]}
        return int(self.client("sqs").get_queue_attributes(**asked)["Attributes"][name])

    def want(self, count: int) -> None:
        self.client("ecs").update_service(cluster=self.cluster, service=self.service, desiredCount=count)

    def largest_message(self, size: str) -> None:
        self.client("sqs").set_queue_attributes(
            QueueUrl=self.queues["video-jobs-queue"], Attributes={"MaximumMessageSize": size}
        )

    def submit(self) -> None:
        self.client("kinesis").put_record(StreamName=self.stream, PartitionKey="submit/1", Data=bytes(1024))

    def log_errors(self) -> None:
        event = {"timestamp": int(time.time() * 1000), "message": '{"level": "ERROR"}'}
        events = [event] * PROFILE.monitoring.worker_errors_per_5_minutes
        self.client("logs").put_log_events(logGroupName=self.log_group, logStreamName="s", logEvents=events)

    def run_failing_task(self) -> None:
        service = {"cluster": self.cluster, "services": [self.service]}
        (described,) = self.client("ecs").describe_services(**service)["services"]
        self.client("ecs").run_task(
            cluster=self.cluster,
            taskDefinition=self.deployed.task_definition("failing", EXITS_1),
            launchType="FARGATE",
            networkConfiguration=described["networkConfiguration"],
        )

    def put_breaching(self, subject: str) -> None:
        """Puts values that breach the alarm's threshold: for all of its periods up to now, and for ten seconds more."""
        alarm = self.alarm(subject)
        rising = alarm["ComparisonOperator"].startswith("Greater")
        now, back = datetime.now(UTC), alarm["EvaluationPeriods"] * alarm["Period"] // TIME_SCALE
        datum = {
            "MetricName": alarm["MetricName"],
            "Dimensions": alarm["Dimensions"],
            "Value": alarm["Threshold"] + (1 if rising else -1),
        }
        self.client("cloudwatch").put_metric_data(
            Namespace=alarm["Namespace"],
            MetricData=[{**datum, "Timestamp": now + timedelta(seconds=second)} for second in range(-back, 10)],
        )


@dataclass(frozen=True)
class Condition:
    """What an alarm is about: how it comes about, and how it ends."""

    begin: Callable[[Cloud], None]
    end: Callable[[Cloud], None] = lambda _: None


def dead_letter_in(queue: str) -> Condition:
    return Condition(lambda cloud: cloud.send(queue), lambda cloud: cloud.purge(queue))


def put(subject: str) -> Condition:
    """The local cloud does not have the service that publishes the metric."""
    return Condition(lambda cloud: cloud.put_breaching(subject))


def submission_is_too_large(cloud: Cloud) -> None:
    cloud.largest_message(SMALL)
    cloud.submit()


def pipe_stops(cloud: Cloud) -> None:
    eventually(lambda: cloud.alarm("pipe-failures")["StateValue"] == "ALARM", 60)
    cloud.client("pipes").stop_pipe(Name=cloud.deployed.name("aws_pipes_pipe"))


def pipe_starts(cloud: Cloud) -> None:
    cloud.largest_message(USUAL)
    cloud.client("pipes").start_pipe(Name=cloud.deployed.name("aws_pipes_pipe"))
    # What it could not deliver arrives now, and would be missing a worker again if it stayed.
    eventually(lambda: cloud.waiting() == 2, 30)


CONDITIONS = {
    "video-jobs-dead-letters": dead_letter_in("video-jobs-dead-letter-queue"),
    "pipe-dead-letters": dead_letter_in("pipe-dead-letter-queue"),
    "rotation-dead-letters": dead_letter_in("rotation-dead-letter-queue"),
    "housekeep-dead-letters": dead_letter_in("housekeep-dead-letter-queue"),
    "worker-errors": Condition(Cloud.log_errors),
    "task-failures": Condition(Cloud.run_failing_task),
    # The service wants one worker, which cannot start, and a message waits for it.
    "workers-missing": Condition(lambda cloud: cloud.want(1), lambda cloud: cloud.want(0)),
    "iterator-age": put("iterator-age"),
    "oldest-unlanded-record": put("oldest-unlanded-record"),
    "webhooks-given-up": put("webhooks-given-up"),
    "database-capacity": put("database-capacity"),
    "database-cpu": put("database-cpu"),
    "database-connections": put("database-connections"),
    "secret-rotation": put("secret-rotation"),
    "pipe-failures": Condition(submission_is_too_large),
    "pipe-stopped": Condition(pipe_stops, pipe_starts),
    "oldest-message": Condition(lambda _: None, lambda cloud: cloud.purge("video-jobs-queue")),
}
"""By the alarm's subject, in the order in which they begin and end."""
DRIVE_SCALING = {"worker-start", "worker-scale-in"}
"""Alarms that tell nobody; `test_deployed_scaling` shows what they do."""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """The cloud after every alarm has been through quiet, trouble and quiet again; all at once, to save time."""
    root = tmp_path_factory.mktemp("cloud")
    with serving() as endpoint:
        cloud = Cloud(endpoint)
        scale = ("--time-scale", str(TIME_SCALE))
        parts = [
            RunningPart("metrics", root, endpoint, *scale),
            RunningPart("pipes", root, endpoint),
            RunningPart("ecs", root, endpoint),
            RunningPart("scaling", root, endpoint, *scale),
        ]
        try:
            go_through(cloud)
            yield cloud
        finally:
            for part in parts:
                part.terminate()


def go_through(cloud: Cloud) -> None:
    patience = time.monotonic() + 100
    while time.monotonic() < patience and not all_are_quiet(cloud):
        time.sleep(0.2)
    cloud.listen()
    heard_before = {subject: len(cloud.told(subject)) for subject in CONDITIONS}
    for condition in CONDITIONS.values():
        condition.begin(cloud)

    def rang(subject: str) -> bool:
        return "ALARM" in cloud.told(subject)[heard_before[subject] :]

    while time.monotonic() < patience and not all(rang(subject) for subject in CONDITIONS):
        time.sleep(0.2)
        cloud.listen()
    for condition in CONDITIONS.values():
        condition.end(cloud)
    patience += 40
    while time.monotonic() < patience and not all_are_quiet(cloud):
        time.sleep(0.2)
    cloud.listen()


def all_are_quiet(cloud: Cloud) -> bool:
    states = cloud.states()
    return all(states[subject] == "OK" for subject in CONDITIONS)


@pytest.mark.parametrize("subject", CONDITIONS)
def test_an_alarm_rings_and_ends_and_its_topic_hears_both(cloud: Cloud, subject: str) -> None:
    assert cloud.told(subject)[-2:] == ["ALARM", "OK"]
    assert cloud.states()[subject] == "OK"


def test_a_message_leads_to_the_runbook(cloud: Cloud) -> None:
    for one in cloud.notifications:
        if "Subject" in one:
            message = json.loads(one["Message"])
            subject = subject_of({"alarm_name": message["AlarmName"]})
            assert message["AlarmDescription"].endswith(f" Runbook: lib/README.md#{subject}")


def test_each_failed_task_is_told_of_with_its_reason(cloud: Cloud) -> None:
    texts = [json.loads(one["Message"]) for one in cloud.notifications if "Subject" not in one]
    ended = [text for text in texts if text.endswith("(EssentialContainerExited): Essential container in task exited")]
    refused = [text for text in texts if "(TaskFailedToStart): CannotStartContainerError: no command" in text]
    assert len(ended) == 1
    assert refused
    assert len(texts) == len(ended) + len(refused)
    assert f"task/{cloud.cluster}/" in ended[0]
    assert " of family:failing failed " in ended[0]
    assert all(f" of service:{cloud.service} failed " in text for text in refused)


def test_every_alarm_of_every_profile_is_among_them() -> None:
    profiles = {file.stem for file in (ROOT / "configs").glob("*.yaml")}
    for environment in profiles - {"base", "pr"} | {"pr1"}:
        stack = synthesize_pipeline(select(environment, root=ROOT).profile, suffix=SUFFIX)
        subjects = {subject_of(alarm) for alarm in stack.all("aws_cloudwatch_metric_alarm")}
        assert subjects == CONDITIONS.keys() | DRIVE_SCALING, environment
