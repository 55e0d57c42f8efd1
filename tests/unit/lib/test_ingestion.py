"""Stream and pipe, on synthesized JSON."""

import json

import pytest

from lib.cdk import TerraformStack
from lib.encryption import Encryption
from lib.iam import ServiceRole
from lib.ingestion import Ingestion
from lib.naming import Naming
from lib.place import Place
from lib.profile import Ingest
from lib.queue import Queue
from tests.unit.lib.synthesis import Resource, Synthesized, allowed, synthesize


def ingestion(naming: Naming, place: Place, settings: Ingest) -> Synthesized:
    def build(stack: TerraformStack) -> None:
        encryption = Encryption(stack, "encryption", naming=naming, place=place)
        jobs = Queue(stack, "jobs", naming=naming, place=place, name="video-jobs-queue", encryption=encryption)
        ingestion = Ingestion(
            stack,
            "ingestion",
            naming=naming,
            place=place,
            settings=settings,
            encryption=encryption,
            jobs=jobs,
            iterator_age_seconds=300,
            log_retention_days=30,
        )
        role = ServiceRole(stack, "worker", name="worker-role-t1", service="ecs-tasks.amazonaws.com")
        ingestion.grant_read(role)

    return synthesize(build)


@pytest.fixture(scope="module")
def stack(naming: Naming, place: Place) -> Synthesized:
    return ingestion(naming, place, Ingest(shard_count=2, retention_hours=48))


@pytest.fixture(scope="module")
def on_demand(naming: Naming, place: Place) -> Synthesized:
    return ingestion(naming, place, Ingest(stream_mode="on_demand", retention_hours=8760))


def source(stack: Synthesized) -> Resource:
    parameters: Resource = stack.one("aws_pipes_pipe")["source_parameters"]
    return parameters


def alarm(stack: Synthesized, subject: str) -> Resource:
    return stack.one("aws_cloudwatch_metric_alarm", alarm_name=f"alarm-{subject}-t1")


def test_the_stream_is_encrypted_and_goes_with_its_consumers(stack: Synthesized) -> None:
    stream = stack.one("aws_kinesis_stream", name="kinesis-stream-t1")
    assert stream["encryption_type"] == "KMS"
    assert stream["kms_key_id"] == f"${{{stack.address('aws_kms_key')}.arn}}"
    assert stream["retention_period"] == 48
    assert stream["enforce_consumer_deletion"] is True


def test_a_provisioned_stream_has_the_shards_of_the_profile_or_one(
    stack: Synthesized, naming: Naming, place: Place
) -> None:
    stream = stack.one("aws_kinesis_stream")
    assert stream["stream_mode_details"] == {"stream_mode": "PROVISIONED"}
    assert stream["shard_count"] == 2
    assert ingestion(naming, place, Ingest()).one("aws_kinesis_stream")["shard_count"] == 1


def test_an_on_demand_stream_names_no_shards(on_demand: Synthesized) -> None:
    stream = on_demand.one("aws_kinesis_stream")
    assert stream["stream_mode_details"] == {"stream_mode": "ON_DEMAND"}
    assert "shard_count" not in stream


def test_the_pipe_passes_submissions_alone_and_unchanged(stack: Synthesized) -> None:
    pipe = stack.one("aws_pipes_pipe", name="ingest-pipe-t1")
    (pattern,) = source(stack)["filter_criteria"]["filter"]
    assert json.loads(pattern["pattern"]) == {"partitionKey": [{"prefix": "submit/"}]}
    assert pipe["source"] == f"${{{stack.address('aws_kinesis_stream')}.arn}}"
    assert pipe["target"] == f"${{{stack.address('aws_sqs_queue', name='video-jobs-queue-t1')}.arn}}"
    assert "target_parameters" not in pipe


def test_a_poisonous_record_cannot_block_its_shard(stack: Synthesized) -> None:
    kinesis = source(stack)["kinesis_stream_parameters"]
    dead_letters = stack.address("aws_sqs_queue", name="pipe-dead-letter-queue-t1")
    assert 0 < kinesis["maximum_retry_attempts"] <= 10_000
    assert kinesis["on_partial_batch_item_failure"] == "AUTOMATIC_BISECT"
    assert kinesis["dead_letter_config"] == {"arn": f"${{{dead_letters}.arn}}"}


def test_a_pipe_that_stood_still_delivers_all_that_the_stream_remembers(
    stack: Synthesized, on_demand: Synthesized
) -> None:
    kinesis = source(stack)["kinesis_stream_parameters"]
    assert kinesis["starting_position"] == "TRIM_HORIZON"
    assert kinesis["maximum_record_age_in_seconds"] == 48 * 3600
    # A week is the most that a pipe takes.
    assert source(on_demand)["kinesis_stream_parameters"]["maximum_record_age_in_seconds"] == 604_800


def test_a_batch_fits_into_one_call_to_sqs(stack: Synthesized) -> None:
    assert source(stack)["kinesis_stream_parameters"]["batch_size"] == 10


def test_the_pipe_logs_its_errors_to_an_encrypted_group_that_the_stack_owns(stack: Synthesized) -> None:
    group = stack.one("aws_cloudwatch_log_group", name="/aws/vendedlogs/pipes/ingest-pipe-t1")
    assert group["kms_key_id"] == f"${{{stack.address('aws_kms_key')}.arn}}"
    assert group["retention_in_days"] == 30
    log = stack.one("aws_pipes_pipe")["log_configuration"]
    assert log["level"] == "ERROR"
    assert log["cloudwatch_logs_log_destination"]["log_group_arn"] == (
        f"${{{stack.address('aws_cloudwatch_log_group')}.arn}}"
    )


def test_the_pipes_role_serves_this_pipe_alone(stack: Synthesized) -> None:
    (trust,) = json.loads(stack.one("aws_iam_role", name="ingest-pipe-role-t1")["assume_role_policy"])["Statement"]
    assert trust["Principal"] == {"Service": "pipes.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:pipes:us-east-1:123456789012:pipe/ingest-pipe-t1"},
    }


def test_the_pipe_may_read_the_stream_send_to_both_queues_and_write_its_log(stack: Synthesized) -> None:
    role = f"${{{stack.address('aws_iam_role', name='ingest-pipe-role-t1')}.id}}"
    policies = {p["name"]: p["policy"] for p in stack.all("aws_iam_role_policy") if p["role"] == role}
    assert set(policies) == {"poll-stream", "send-to-video-jobs-queue", "send-to-pipe-dead-letter-queue", "write-log"}
    assert {action for action in allowed(policies["poll-stream"]) if action.startswith("kms:")} == {"kms:Decrypt"}
    assert allowed(policies["write-log"]) == {"logs:CreateLogStream", "logs:PutLogEvents"}
    for policy in policies.values():
        assert '"Resource": ["*"]' not in policy


def test_the_pipe_is_made_after_its_permissions(stack: Synthesized) -> None:
    depends = stack.one("aws_pipes_pipe")["depends_on"]
    assert sum(address.startswith("aws_iam_role_policy.") for address in depends) == 4


def test_the_pipes_permissions_spread_while_stream_and_queues_are_made(stack: Synthesized) -> None:
    role = f"${{{stack.address('aws_iam_role', name='ingest-pipe-role-t1')}.id}}"
    policies = [policy["policy"] for policy in stack.all("aws_iam_role_policy") if policy["role"] == role]
    assert any(":stream/kinesis-stream-t1" in policy for policy in policies)
    for policy in policies:
        assert "aws_kinesis_stream." not in policy
        assert "aws_sqs_queue." not in policy


def test_a_worker_reads_the_stream_but_never_writes_it(stack: Synthesized) -> None:
    assert allowed(stack.one("aws_iam_role_policy", name="read-stream")["policy"]) == {
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kms:Decrypt",
    }


def test_late_reading_raises_an_alarm_by_the_profiles_threshold(stack: Synthesized) -> None:
    found = alarm(stack, "iterator-age")
    assert found["metric_name"] == "GetRecords.IteratorAgeMilliseconds"
    assert found["statistic"] == "Maximum"
    assert found["threshold"] == 300_000


def test_a_failed_execution_of_the_pipe_raises_an_alarm(stack: Synthesized) -> None:
    found = alarm(stack, "pipe-failures")
    assert (found["namespace"], found["metric_name"]) == ("AWS/EventBridge/Pipes", "ExecutionFailed")
    assert found["dimensions"] == {"PipeName": f"${{{stack.address('aws_pipes_pipe')}.name}}"}
    assert (found["statistic"], found["threshold"]) == ("Sum", 0)


def test_silence_on_the_stream_means_that_the_pipe_is_stopped(stack: Synthesized) -> None:
    found = alarm(stack, "pipe-stopped")
    assert (found["namespace"], found["metric_name"]) == ("AWS/Kinesis", "GetRecords.Success")
    assert found["comparison_operator"] == "LessThanThreshold"
    assert found["treat_missing_data"] == "breaching"
    assert found["evaluation_periods"] == 5


def test_the_pipes_dead_letters_raise_an_alarm(stack: Synthesized) -> None:
    address = stack.address("aws_sqs_queue", name="pipe-dead-letter-queue-t1")
    assert alarm(stack, "pipe-dead-letters")["dimensions"] == {"QueueName": f"${{{address}.name}}"}
