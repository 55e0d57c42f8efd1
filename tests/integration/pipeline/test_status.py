"""A pipeline at a glance, as AWS APIs tell it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pytest

from streamflix_cli.pipeline.database import Database
from tests.integration.pipeline.conftest import Environment
from tests.integration.pipeline.test_jobs import dead


@pytest.fixture
def whole(environment: Environment) -> Iterator[Environment]:
    """The environment with everything that `status` looks at."""
    name = environment.name
    ecs, cloudwatch = environment.client("ecs"), environment.client("cloudwatch")
    topic = environment.client("sns").create_topic(Name=f"alarms-topic-{name}")["TopicArn"]
    ecs.create_cluster(clusterName=f"ecs-cluster-{name}")
    ecs.register_task_definition(family=name, containerDefinitions=[{"name": "worker", "image": "x", "memory": 512}])
    ecs.create_service(
        cluster=f"ecs-cluster-{name}", serviceName=f"worker-service-{name}", taskDefinition=name, desiredCount=0
    )
    role = environment.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    environment.client("pipes").create_pipe(Name=f"ingest-pipe-{name}", RoleArn=role, Source="a", Target="b")
    outputs = {
        **environment.outputs,
        "alarms_topic_arn": topic,
        "cluster_name": f"ecs-cluster-{name}",
        "service_name": f"worker-service-{name}",
        "pipe_name": f"ingest-pipe-{name}",
    }
    path = environment.root / ".streamflix" / "aws" / name / "terraform.tfstate"
    path.write_text(
        json.dumps({"version": 4, "resources": [], "outputs": {key: {"value": each} for key, each in outputs.items()}})
    )
    for alarm, action in {"jobs-dead": topic, "worker-start": "arn:aws:autoscaling:policy", "quiet": topic}.items():
        cloudwatch.put_metric_alarm(
            AlarmName=f"alarm-{alarm}-{name}",
            AlarmActions=[action],
            Namespace="x",
            MetricName="x",
            Period=60,
            Statistic="Sum",
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
        state = "OK" if alarm == "quiet" else "ALARM"
        cloudwatch.set_alarm_state(AlarmName=f"alarm-{alarm}-{name}", StateValue=state, StateReason="because")
    yield environment
    cloudwatch.delete_alarms(AlarmNames=[f"alarm-{alarm}-{name}" for alarm in ("jobs-dead", "worker-start", "quiet")])


def put_metric(environment: Environment, namespace: str, metric: str, dimensions: dict[str, str], value: float) -> None:
    environment.client("cloudwatch").put_metric_data(
        Namespace=namespace,
        MetricData=[
            {
                "MetricName": metric,
                "Dimensions": [{"Name": name, "Value": each} for name, each in dimensions.items()],
                "Value": value,
                "Timestamp": datetime.now(UTC),
            }
        ],
    )


def test_everything_is_told(whole: Environment) -> None:
    dead(whole)
    put_metric(
        whole,
        "AWS/Kinesis",
        "GetRecords.IteratorAgeMilliseconds",
        {"StreamName": whole.outputs["stream_name"]},
        1500,
    )
    whole.client("sqs").send_message(QueueUrl=whole.outputs["jobs_queue_url"], MessageBody="{}")
    done = whole.streamflix("status", "--json")
    assert done.code == 0, done.out + done.err
    status: dict[str, Any] = done.data
    assert (status["stream"]["state"], status["stream"]["shards"], status["stream"]["lag_seconds"]) == (
        "ACTIVE",
        2,
        1.5,
    )
    assert {queue["name"]: queue["visible"] for queue in status["queues"]} == {
        "jobs": 1,
        "dead_letters": 0,
        "pipe_dead_letters": 0,
    }
    assert status["tasks"] == {"desired": 0, "running": 0, "pending": 0}
    assert status["jobs"]["dead"] >= 1
    assert status["database"]["state"] == "available"
    # What only drives the scaling is no alarm.
    assert [alarm["name"] for alarm in status["alarms"]] == [f"alarm-jobs-dead-{whole.name}"]
    shown = whole.streamflix("status").out.splitlines()
    assert len(shown) < 24
    assert max(map(len, shown)) <= 80


def test_a_paused_database_is_not_woken(whole: Environment) -> None:
    cluster = whole.shared.cluster["DBClusterIdentifier"]
    put_metric(whole, "AWS/RDS", "ServerlessDatabaseCapacity", {"DBClusterIdentifier": cluster}, 0)
    try:
        with patch.object(Database, "rows", side_effect=AssertionError("the database was asked")):
            status = whole.streamflix("status", "--json").data
        assert status["database"]["state"] == "paused"
        assert (status["jobs"], status["note"]) == (None, "the database is paused")
    finally:
        # Metrics cannot be deleted; a later value of the same minute would be hidden by no smaller one.
        put_metric(whole, "AWS/RDS", "ServerlessDatabaseCapacity", {"DBClusterIdentifier": cluster}, 2)


def test_watched_as_json_it_is_an_object_a_line(whole: Environment) -> None:
    watching = whole.start("status", "--watch", "--json")
    first, second = json.loads(watching.line()), json.loads(watching.line())
    assert first["environment"] == second["environment"] == whole.name
    assert first["time"] < second["time"]
    assert watching.interrupt().code == 0
