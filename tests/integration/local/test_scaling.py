"""Alarms and scaling against a control plane, twenty times as fast as they say."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.integration.local.parts import REGION, RunningPart, WorkerService, client_of, eventually

ACCOUNT = "123456789012"
TIME_SCALE = "20"
DIMENSION = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}


@pytest.fixture(scope="module", autouse=True)
def scaling(mended_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    part = RunningPart("scaling", tmp_path_factory.mktemp("cloud"), mended_endpoint, "--time-scale", TIME_SCALE)
    yield
    assert part.terminate() == 0


@dataclass(frozen=True)
class Setup:
    """What one test deploys, all under its own name."""

    endpoint: str
    name: str

    def client(self, service: str) -> Any:
        return client_of(service, self.endpoint)

    def put(self, **metrics: float) -> None:
        data = [{"MetricName": name, "Value": value} for name, value in metrics.items()]
        self.client("cloudwatch").put_metric_data(Namespace=self.name, MetricData=data)

    def metric(self, name: str, statistic: str = "Maximum") -> dict[str, Any]:
        return {"Metric": {"Namespace": self.name, "MetricName": name}, "Period": 60, "Stat": statistic}

    def alarm(self, **settings: Any) -> None:
        single = {"Namespace": self.name, "MetricName": "errors", "Statistic": "Sum", "Period": 60}
        defaults = {
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 1,
            "Threshold": 0,
            "TreatMissingData": "notBreaching",
            **({} if "Metrics" in settings else single),
        }
        self.client("cloudwatch").put_metric_alarm(AlarmName=self.name, **{**defaults, **settings})

    def state(self) -> str:
        (alarm,) = self.client("cloudwatch").describe_alarms(AlarmNames=[self.name])["MetricAlarms"]
        return str(alarm["StateValue"])

    def service(self, *, least: int = 0, most: int = 4) -> WorkerService:
        """A service that is a scalable target."""
        service = WorkerService(self.endpoint, self.name)
        self.client("application-autoscaling").register_scalable_target(
            ResourceId=f"service/{self.name}/worker", MinCapacity=least, MaxCapacity=most, **DIMENSION
        )
        return service

    def policy(self, kind: str, **configuration: Any) -> str:
        arn: str = self.client("application-autoscaling").put_scaling_policy(
            PolicyName=kind,
            PolicyType=kind,
            ResourceId=f"service/{self.name}/worker",
            **{f"{kind}PolicyConfiguration": configuration},
            **DIMENSION,
        )["PolicyARN"]
        return arn


@pytest.fixture
def setup(mended_endpoint: str, request: pytest.FixtureRequest) -> Iterator[Setup]:
    result = Setup(mended_endpoint, request.node.name.removeprefix("test_").replace("_", "-")[:40])
    yield result
    result.client("cloudwatch").delete_alarms(AlarmNames=[result.name])


def test_an_alarm_rings_and_ends_and_its_topic_hears_both(setup: Setup) -> None:
    sns, sqs = setup.client("sns"), setup.client("sqs")
    topic = sns.create_topic(Name=setup.name)["TopicArn"]
    url = sqs.create_queue(QueueName=setup.name)["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{setup.name}")
    setup.alarm(AlarmActions=[topic], OKActions=[topic], AlarmDescription="Look there.")
    setup.put(errors=2)
    eventually(lambda: setup.state() == "ALARM", 10)
    # A minute of 3 s later there are no errors any more.
    eventually(lambda: setup.state() == "OK", 10)
    heard = [
        json.loads(message["Body"])
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)["Messages"]
    ]
    assert [one["Subject"] for one in heard] == [f'{state}: "{setup.name}" in {REGION}' for state in ("ALARM", "OK")]
    first = json.loads(heard[0]["Message"])
    assert (first["OldStateValue"], first["NewStateValue"], first["AlarmDescription"]) == ("OK", "ALARM", "Look there.")
    assert first["NewStateReason"] == (
        "Threshold Crossed: 1 out of the last 1 datapoints [2.0] was greater than the threshold (0.0)."
    )
    assert first["Trigger"]["MetricName"] == "errors"


def test_silence_rings_where_it_means_trouble(setup: Setup) -> None:
    setup.alarm(Threshold=1, ComparisonOperator="LessThanThreshold", TreatMissingData="breaching", EvaluationPeriods=2)
    eventually(lambda: setup.state() == "ALARM", 10)
    setup.put(errors=1)
    eventually(lambda: setup.state() == "OK", 5)


def test_a_waiting_message_starts_one_worker_and_no_second_within_the_cooldown(setup: Setup) -> None:
    service = setup.service()
    start = setup.policy(
        "StepScaling",
        AdjustmentType="ChangeInCapacity",
        MetricAggregationType="Maximum",
        Cooldown=300,
        StepAdjustments=[{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
    )
    setup.alarm(
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[start],
        Metrics=[
            {"Id": "visible", "MetricStat": setup.metric("visible"), "ReturnData": False},
            {"Id": "in_flight", "MetricStat": setup.metric("in_flight"), "ReturnData": False},
            {"Id": "value", "Expression": "IF(in_flight < 1, visible, 0)", "ReturnData": True},
        ],
    )
    setup.put(visible=1, in_flight=0)
    eventually(lambda: service.counts() == (1, 0), 10)
    # The alarm stays and acts again every 3 s; the cooldown lasts 15 s.
    for _ in range(10):
        setup.put(visible=1, in_flight=0)
        time.sleep(0.5)
    assert service.counts() == (1, 0)
    assert setup.state() == "ALARM"


def test_idle_workers_end_down_to_the_lower_bound(setup: Setup) -> None:
    service = setup.service(least=1)
    service.want(4)
    end = setup.policy(
        "StepScaling",
        AdjustmentType="ChangeInCapacity",
        Cooldown=20,
        StepAdjustments=[
            {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 1, "ScalingAdjustment": -1},
            {"MetricIntervalLowerBound": 1, "ScalingAdjustment": -2},
        ],
    )
    setup.put(idle=2)
    setup.alarm(
        MetricName="idle",
        Statistic="Maximum",
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[end],
    )
    eventually(lambda: service.counts()[0] == 2, 10)
    for _ in range(10):
        setup.put(idle=2)
        time.sleep(0.5)
    assert service.counts()[0] == 1


def test_a_backlog_brings_as_many_workers_as_it_needs_up_to_the_bound(setup: Setup) -> None:
    service = setup.service(most=5)
    service.want(1)
    service.report("RUNNING")
    queries: list[dict[str, Any]] = [
        {
            "Id": name,
            "ReturnData": False,
            "MetricStat": {"Metric": {"Namespace": setup.name, "MetricName": name}, "Stat": "Average"},
        }
        for name in ("visible", "running")
    ]
    setup.policy(
        "TargetTrackingScaling",
        TargetValue=2,
        DisableScaleIn=True,
        ScaleOutCooldown=60,
        CustomizedMetricSpecification={
            "Metrics": [*queries, {"Id": "backlog", "Expression": "visible / running", "ReturnData": True}]
        },
    )

    def with_backlog(visible: float) -> int:
        """Puts what the publisher would put; returns the desired count after that."""
        desired, running = service.counts()
        setup.put(visible=visible, running=running)
        time.sleep(0.2)
        return desired

    eventually(lambda: with_backlog(5) == 3, 10)
    service.report("RUNNING")
    eventually(lambda: with_backlog(100) == 5, 10)
    service.report("RUNNING")
    # Few messages for so many workers: this policy does not scale in.
    for _ in range(20):
        assert with_backlog(1) == 5
