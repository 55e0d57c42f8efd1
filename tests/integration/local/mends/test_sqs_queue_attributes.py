import json
from typing import Any

import pytest

POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:*"}]})


@pytest.fixture
def queue(clients: Any, request: pytest.FixtureRequest) -> tuple[Any, str]:
    sqs = clients("sqs")
    name = f"attributes-{abs(hash(request.node.name))}"
    return sqs, sqs.create_queue(QueueName=name)["QueueUrl"]


def test_a_redrive_allow_policy_is_returned(queue: tuple[Any, str]) -> None:
    sqs, url = queue
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedriveAllowPolicy": '{"redrivePermission":"denyAll"}'})
    for names in (["RedriveAllowPolicy"], ["All"]):
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        assert json.loads(attributes["RedriveAllowPolicy"]) == {"redrivePermission": "denyAll"}


@pytest.mark.parametrize("nothing", ["", "{}"])
def test_an_empty_redrive_allow_policy_reads_as_absent(queue: tuple[Any, str], nothing: str) -> None:
    sqs, url = queue
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedriveAllowPolicy": nothing})
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedriveAllowPolicy", "QueueArn"])
    assert list(answer["Attributes"]) == ["QueueArn"]


def test_setting_another_attribute_keeps_the_policy(queue: tuple[Any, str]) -> None:
    sqs, url = queue
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": POLICY})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "45"})
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert json.loads(attributes["Policy"]) == json.loads(POLICY)


def test_the_redrive_policy_is_compact_json(queue: tuple[Any, str]) -> None:
    sqs, url = queue
    dead = sqs.create_queue(QueueName="attributes-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = f'{{"deadLetterTargetArn":"{arn}","maxReceiveCount":3}}'
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
    assert answer["Attributes"] == {"RedrivePolicy": policy}


def test_the_redrive_allow_policy_is_compact_json(queue: tuple[Any, str]) -> None:
    sqs, url = queue
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedriveAllowPolicy": '{"redrivePermission": "denyAll"}'})
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedriveAllowPolicy"])
    assert answer["Attributes"] == {"RedriveAllowPolicy": '{"redrivePermission":"denyAll"}'}
