"""The housekeeping schedule, on synthesized JSON."""

import json

import pytest

from lib.profile import Database, Profile
from tests.unit.lib.synthesis import Resource, Synthesized, synthesize_pipeline

ROLE = "housekeep-schedule-role-t1"


@pytest.fixture(scope="module")
def target(pipeline: Synthesized) -> Resource:
    value: Resource = pipeline.one("aws_scheduler_schedule", name="housekeep-schedule-t1")["target"]
    return value


def test_it_runs_every_five_minutes() -> None:
    schedule = synthesize_pipeline(Profile()).one("aws_scheduler_schedule")
    assert schedule["schedule_expression"] == "rate(5 minutes)"
    assert schedule["state"] == "ENABLED"


def test_it_leaves_a_database_that_may_pause_the_time_to_do_so(pipeline: Synthesized) -> None:
    schedule = pipeline.one("aws_scheduler_schedule")
    assert schedule["schedule_expression"] == "rate(40 minutes)"  # The profile pauses after 10.


def test_it_never_waits_for_more_than_an_hour() -> None:
    stack = synthesize_pipeline(Profile(database=Database(min_acu=0, auto_pause_minutes=1440)))
    assert stack.one("aws_scheduler_schedule")["schedule_expression"] == "rate(60 minutes)"


def test_it_runs_the_housekeep_task_in_private_subnets(pipeline: Synthesized, target: Resource) -> None:
    parameters = target["ecs_parameters"]
    task = pipeline.address("aws_ecs_task_definition", family="housekeep-t1")
    assert target["arn"] == f"${{{pipeline.address('aws_ecs_cluster')}.arn}}"
    assert parameters["task_definition_arn"] == f"${{{task}.arn}}"
    network = parameters["network_configuration"]
    assert network["assign_public_ip"] is False
    assert network["subnets"] == pipeline.one("aws_ecs_service")["network_configuration"]["subnets"]
    assert parameters["propagate_tags"] == "TASK_DEFINITION"
    assert "launch_type" not in parameters


def test_a_run_that_cannot_start_is_retried_a_few_times_and_then_kept(pipeline: Synthesized, target: Resource) -> None:
    assert target["retry_policy"] == {"maximum_retry_attempts": 2, "maximum_event_age_in_seconds": 2400}
    queue = pipeline.address("aws_sqs_queue", name="housekeep-dead-letter-queue-t1")
    assert target["dead_letter_config"] == {"arn": f"${{{queue}.arn}}"}
    assert pipeline.one("aws_cloudwatch_metric_alarm", alarm_name="alarm-housekeep-dead-letters-t1")


def test_the_first_run_which_comes_at_once_finds_all_that_it_needs(pipeline: Synthesized) -> None:
    awaited = set(pipeline.one("aws_scheduler_schedule")["depends_on"])
    assert pipeline.address("aws_ecs_service") in awaited
    for role in ("housekeep-role-t1", ROLE):
        reference = f"${{{pipeline.address('aws_iam_role', name=role)}.id}}"
        policies = {
            f"aws_iam_role_policy.{id_}"
            for id_, policy in pipeline.document["resource"]["aws_iam_role_policy"].items()
            if policy["role"] == reference
        }
        assert policies
        assert policies <= awaited


def test_it_may_look_at_the_queue_which_keeps_its_metrics_coming(pipeline: Synthesized) -> None:
    (look,) = pipeline.inline_policies("housekeep-role-t1")["inspect-video-jobs-queue"]
    assert look["Action"] == ["sqs:GetQueueAttributes"]
    assert look["Resource"][0].endswith(":video-jobs-queue-t1")


def test_it_may_run_that_task_on_that_cluster_and_pass_two_roles(pipeline: Synthesized) -> None:
    policies = pipeline.inline_policies(ROLE)
    run, tag = policies["run-task"]
    assert run["Action"] == ["ecs:RunTask"]
    assert run["Resource"][0].endswith(":task-definition/housekeep-t1:*")
    assert "ecs:cluster" in run["Condition"]["ArnEquals"]
    assert tag["Condition"] == {"StringEquals": {"ecs:CreateAction": "RunTask"}}
    (passed,) = policies["pass-roles"]
    assert passed["Resource"] == [
        f"${{{pipeline.address('aws_iam_role', name=name)}.arn}}"
        for name in ("task-execution-role-t1", "housekeep-role-t1")
    ]
    assert passed["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}


def test_only_schedules_of_this_account_assume_its_role(pipeline: Synthesized) -> None:
    (trust,) = json.loads(pipeline.one("aws_iam_role", name=ROLE)["assume_role_policy"])["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"]["ArnLike"]["aws:SourceArn"].endswith(":schedule-group/default")
    assert "account_id" in trust["Condition"]["StringEquals"]["aws:SourceAccount"]


def test_housekeeping_removes_objects_and_workers_do_not(pipeline: Synthesized) -> None:
    def actions(role: str) -> set[str]:
        return {
            action
            for statements in pipeline.inline_policies(role).values()
            for statement in statements
            for action in statement["Action"]
        }

    assert "s3:DeleteObject" in actions("housekeep-role-t1")
    assert "s3:DeleteObject" not in actions("worker-role-t1")
