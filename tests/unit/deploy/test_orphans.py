"""After an interrupt, only what that deploy itself created, unknown to the state, is an orphan."""

import pytest

from streamflix_cli.deploy.adoption import unknown
from streamflix_cli.deploy.orphans import Before
from streamflix_cli.deploy.state import State
from streamflix_cli.deploy.sweep import Leftover

BEFORE = Before(
    existing=frozenset({"old-queue-dev"}),
    creating=frozenset(
        {
            "old-queue-dev",
            "jobs-queue-dev",
            "worker-service-dev",
            "audit-key-dev",
            "alarms-topic-dev",
            "service/ecs-cluster-dev/worker-service-dev",
            "worker-dev",
        }
    ),
)
TARGET = "service/ecs-cluster-dev/worker-service-dev"
DEFINITION = "arn:aws:ecs:us-east-1:1:task-definition/worker-dev"
ARN = "arn:aws:secretsmanager:us-east-1:1:secret:"


@pytest.mark.parametrize(
    ("kind", "id", "known", "expected"),
    [
        ("sqs_queue", "jobs-queue-dev", {}, True),
        ("sqs_queue", "jobs-queue-dev", {"aws_sqs_queue.jobs": {"name": "jobs-queue-dev"}}, False),
        ("sqs_queue", "jobs-queue-dev", {"aws_pipes_pipe.pipe": {"name": "jobs-queue-dev"}}, True),
        ("sqs_queue", "old-queue-dev", {}, False),
        ("sqs_queue", "somebody-elses-queue-dev", {}, False),
        ("sns_topic", "arn:aws:sns:us-east-1:1:alarms-topic-dev", {}, True),
        ("ecs_service", "ecs-cluster-dev/worker-service-dev", {}, True),
        (
            "ecs_service",
            "ecs-cluster-dev/worker-service-dev",
            {"aws_ecs_service.worker": {"name": "worker-service-dev"}},
            False,
        ),
        ("scaling_target", TARGET, {"aws_ecs_service.worker": {"name": "worker-service-dev"}}, True),
        ("scaling_target", TARGET, {"aws_appautoscaling_target.worker": {"resource_id": TARGET}}, False),
        ("ecs_task_definition", f"{DEFINITION}:1", {"aws_ecs_task_definition.worker": {"family": "worker-dev"}}, True),
        (
            "ecs_task_definition",
            f"{DEFINITION}:1",
            {"aws_ecs_task_definition.worker": {"arn": f"{DEFINITION}:1"}},
            False,
        ),
        ("secret", f"{ARN}audit-key-dev-AbCdEf", {}, True),
        (
            "secret",
            f"{ARN}audit-key-dev-AbCdEf",
            {"aws_secretsmanager_secret.key": {"arn": f"{ARN}audit-key-dev-AbCdEf"}},
            False,
        ),
        ("vpc", "vpc-1", {}, True),
        ("vpc", "vpc-1", {"aws_vpc.vpc": {"id": "vpc-1"}}, False),
        ("network_interface", "eni-1", {}, False),
        ("rds_cluster_snapshot", "rds:aurora-cluster-dev-2026-01-01", {}, False),
        ("scaling_alarm", "TargetTracking-service/c/worker-service-dev-AlarmHigh-1", {}, False),
    ],
)
def test_an_orphan_is_new_planned_and_not_in_the_state(
    kind: str, id: str, known: dict[str, dict[str, object]], expected: bool
) -> None:
    found = [Leftover(type=kind, id=id, found_by="name")]
    assert BEFORE.orphans(found, State(tuple(known.items()))) == (found if expected else [])


@pytest.mark.parametrize(
    ("kind", "id"),
    [("secret", f"{ARN}rds!cluster-1-AbCdEf"), ("scaling_alarm", "TargetTracking-service/c/s-AlarmLow-1")],
)
def test_what_a_service_makes_for_itself_is_not_the_stacks(kind: str, id: str) -> None:
    assert unknown([Leftover(type=kind, id=id, found_by="name")], State()) == []
