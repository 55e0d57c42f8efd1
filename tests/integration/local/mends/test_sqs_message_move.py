from typing import Any, NamedTuple

import pytest


class Queues(NamedTuple):
    """A queue and its dead-letter queue, which holds one message that was received too often."""

    sqs: Any
    url: str
    dead_url: str
    dead_arn: str


@pytest.fixture
def queues(clients: Any, request: pytest.FixtureRequest) -> Queues:
    sqs = clients("sqs")
    name = f"move-{abs(hash(request.node.name))}"
    dead_url = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    dead_arn = sqs.get_queue_attributes(QueueUrl=dead_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = f'{{"deadLetterTargetArn":"{dead_arn}","maxReceiveCount":1}}'
    attributes = {"RedrivePolicy": policy, "VisibilityTimeout": "0"}
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="job")
    for _ in range(3):
        sqs.receive_message(QueueUrl=url)
    return Queues(sqs, url, dead_url, dead_arn)


def waiting(sqs: Any, url: str) -> int:
    name = "ApproximateNumberOfMessages"
    return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])


def test_a_dead_message_goes_back_to_its_queue(queues: Queues) -> None:
    assert queues.sqs.start_message_move_task(SourceArn=queues.dead_arn)["TaskHandle"]
    (task,) = queues.sqs.list_message_move_tasks(SourceArn=queues.dead_arn)["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 1)
    assert (waiting(queues.sqs, queues.dead_url), waiting(queues.sqs, queues.url)) == (0, 1)


def test_a_message_put_into_the_dead_letter_queue_needs_a_destination(queues: Queues) -> None:
    queues.sqs.purge_queue(QueueUrl=queues.dead_url)
    queues.sqs.send_message(QueueUrl=queues.dead_url, MessageBody="reason")
    queues.sqs.start_message_move_task(SourceArn=queues.dead_arn)
    (task,) = queues.sqs.list_message_move_tasks(SourceArn=queues.dead_arn)["Results"]
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")
    assert waiting(queues.sqs, queues.dead_url) == 1


def test_a_destination_takes_everything(queues: Queues) -> None:
    queues.sqs.send_message(QueueUrl=queues.dead_url, MessageBody="reason")
    other = queues.sqs.create_queue(QueueName="move-destination")["QueueUrl"]
    queues.sqs.purge_queue(QueueUrl=other)
    arn = queues.sqs.get_queue_attributes(QueueUrl=other, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    queues.sqs.start_message_move_task(SourceArn=queues.dead_arn, DestinationArn=arn)
    assert (waiting(queues.sqs, queues.dead_url), waiting(queues.sqs, other)) == (0, 2)


def test_only_a_dead_letter_queue_can_be_emptied(queues: Queues) -> None:
    arn = queues.sqs.get_queue_attributes(QueueUrl=queues.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    with pytest.raises(queues.sqs.exceptions.ClientError, match="Dead Letter Queue"):
        queues.sqs.start_message_move_task(SourceArn=arn)


def test_a_finished_move_cannot_be_cancelled(queues: Queues) -> None:
    handle = queues.sqs.start_message_move_task(SourceArn=queues.dead_arn)["TaskHandle"]
    with pytest.raises(queues.sqs.exceptions.ResourceNotFoundException):
        queues.sqs.cancel_message_move_task(TaskHandle=handle)
