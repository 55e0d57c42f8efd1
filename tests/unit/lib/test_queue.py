"""The queues, on synthesized JSON."""

import json

import pytest

from lib.cdk import TerraformStack
from lib.encryption import Encryption
from lib.iam import ServiceRole
from lib.naming import Naming
from lib.place import Place
from lib.queue import DeadLetterQueue, Queue
from tests.unit.lib.synthesis import Synthesized, allowed, statements, synthesize

JOBS = "video-jobs-queue-t1"
DEAD_LETTERS = "video-jobs-dead-letter-queue-t1"


@pytest.fixture(scope="module")
def stack(naming: Naming, place: Place) -> Synthesized:
    def build(stack: TerraformStack) -> None:
        encryption = Encryption(stack, "encryption", naming=naming, place=place)
        queue = Queue(
            stack,
            "jobs",
            naming=naming,
            place=place,
            name="video-jobs-queue",
            encryption=encryption,
            visibility_seconds=60,
            dead_letter="video-jobs-dead-letter-queue",
            max_receive_count=15,
            oldest_message_seconds=3600,
        )
        DeadLetterQueue(
            stack, "failures", naming=naming, place=place, name="pipe-dead-letter-queue", encryption=encryption
        )
        role = ServiceRole(stack, "worker", name="worker-role-t1", service="ecs-tasks.amazonaws.com")
        queue.grant_consume(role)
        queue.grant_send(role)

    return synthesize(build)


def test_every_queue_is_encrypted_with_the_environments_key(stack: Synthesized) -> None:
    key = stack.address("aws_kms_key")
    for queue in stack.all("aws_sqs_queue"):
        assert queue["kms_master_key_id"] == f"${{{key}.arn}}"
        assert queue["kms_data_key_reuse_period_seconds"] == 300


def test_every_queue_keeps_messages_for_14_days_and_polls_long(stack: Synthesized) -> None:
    for queue in stack.all("aws_sqs_queue"):
        assert queue["message_retention_seconds"] == 1_209_600
        assert queue["receive_wait_time_seconds"] == 20


def test_every_queue_refuses_plain_http(stack: Synthesized) -> None:
    for queue in stack.all("aws_sqs_queue"):
        deny = statements(queue["policy"])["DenyWithoutTls"]
        assert deny["Effect"] == "Deny"
        assert deny["Principal"] == {"AWS": "*"}
        assert deny["Action"] == "sqs:*"
        assert deny["Resource"] == f"arn:aws:sqs:us-east-1:123456789012:{queue['name']}"
        assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_a_message_received_too_often_goes_to_the_dead_letter_queue(stack: Synthesized) -> None:
    policy = json.loads(stack.one("aws_sqs_queue", name=JOBS)["redrive_policy"])
    dead_letters = stack.address("aws_sqs_queue", name=DEAD_LETTERS)
    assert policy == {"deadLetterTargetArn": f"${{{dead_letters}.arn}}", "maxReceiveCount": 15}


def test_only_its_own_source_may_name_a_dead_letter_queue(stack: Synthesized) -> None:
    allow = {q["name"]: json.loads(q["redrive_allow_policy"]) for q in stack.all("aws_sqs_queue")}
    assert allow == {
        JOBS: {"redrivePermission": "denyAll"},
        DEAD_LETTERS: {
            "redrivePermission": "byQueue",
            "sourceQueueArns": [f"arn:aws:sqs:us-east-1:123456789012:{JOBS}"],
        },
        "pipe-dead-letter-queue-t1": {"redrivePermission": "denyAll"},
    }


@pytest.mark.parametrize("subject", ["video-jobs-dead-letters", "pipe-dead-letters"])
def test_any_message_in_a_dead_letter_queue_raises_an_alarm(stack: Synthesized, subject: str) -> None:
    alarm = stack.one("aws_cloudwatch_metric_alarm", alarm_name=f"alarm-{subject}-t1")
    queue = f"{subject.removesuffix('-dead-letters')}-dead-letter-queue-t1"
    address = stack.address("aws_sqs_queue", name=queue)
    assert alarm["dimensions"] == {"QueueName": f"${{{address}.name}}"}
    assert alarm["metric_name"] == "ApproximateNumberOfMessagesVisible"
    assert (alarm["comparison_operator"], alarm["threshold"]) == ("GreaterThanThreshold", 0)


def test_only_the_jobs_queue_watches_its_oldest_message(stack: Synthesized) -> None:
    alarm = stack.one("aws_cloudwatch_metric_alarm", metric_name="ApproximateAgeOfOldestMessage")
    address = stack.address("aws_sqs_queue", name=JOBS)
    assert alarm["alarm_name"] == "alarm-oldest-message-t1"
    assert alarm["dimensions"] == {"QueueName": f"${{{address}.name}}"}
    assert alarm["threshold"] == 3600


def test_a_consumer_may_neither_send_nor_purge(stack: Synthesized) -> None:
    policy = stack.one("aws_iam_role_policy", name="consume-video-jobs-queue")["policy"]
    assert allowed(policy) == {
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:ReceiveMessage",
        "kms:Decrypt",
    }


def test_a_sender_may_only_send_and_use_the_key_through_sqs(stack: Synthesized) -> None:
    policy = stack.one("aws_iam_role_policy", name="send-to-video-jobs-queue")["policy"]
    assert allowed(policy) == {"sqs:SendMessage", "kms:Decrypt", "kms:GenerateDataKey"}
    assert json.loads(policy)["Statement"][1]["Condition"] == {
        "StringEquals": {"kms:ViaService": ["sqs.us-east-1.amazonaws.com"]}
    }
