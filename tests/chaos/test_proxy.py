"""What the proxy injects is what the SDK takes for the real thing."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError

from tests.chaos.proxy import FaultProxy
from tests.control_plane import serving

CALLS: dict[str, Callable[[Any], Any]] = {
    "kinesis": lambda client: client.list_streams(),
    "s3": lambda client: client.list_buckets(),
    "secretsmanager": lambda client: client.list_secrets(),
    "sns": lambda client: client.list_topics(),
    "sqs": lambda client: client.list_queues(),
}
ONE_ATTEMPT = Config(retries={"total_max_attempts": 1}, read_timeout=10)


@pytest.fixture(scope="module")
def proxy() -> Iterator[FaultProxy]:
    with serving() as endpoint:
        made = FaultProxy(endpoint, seed=1)
        with made.serving():
            yield made


def client(proxy: FaultProxy, service: str) -> Any:
    session: Any = boto3.Session("local", "local", region_name="us-east-1")
    return session.client(service, endpoint_url=proxy.url, config=ONE_ATTEMPT)


@pytest.mark.parametrize("service", CALLS)
def test_in_fair_weather_requests_pass(proxy: FaultProxy, service: str) -> None:
    CALLS[service](client(proxy, service))


THROTTLED = {
    "kinesis": "ProvisionedThroughputExceededException",
    "s3": "SlowDown",
    "secretsmanager": "ThrottlingException",
    "sns": "Throttled",
    "sqs": "RequestThrottled",
}


@pytest.mark.parametrize(("service", "code"), THROTTLED.items())
def test_every_service_throttles_in_its_own_protocol(proxy: FaultProxy, service: str, code: str) -> None:
    with proxy.weather("throttled", share=1), pytest.raises(ClientError) as refused:
        CALLS[service](client(proxy, service))
    error = refused.value.response["Error"]
    assert (error["Code"].rpartition("#")[2], error["Message"]) == (code, "Injected")


@pytest.mark.parametrize("service", CALLS)
def test_every_service_fails_in_its_own_protocol(proxy: FaultProxy, service: str) -> None:
    with proxy.weather("failed", share=1), pytest.raises(ClientError) as failed:
        CALLS[service](client(proxy, service))
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500


def test_a_connection_is_broken_off(proxy: FaultProxy) -> None:
    with proxy.weather("reset", share=1), pytest.raises((ConnectionClosedError, HTTPClientError)):
        CALLS["sqs"](client(proxy, "sqs"))


def test_an_answer_is_lost_after_the_work_was_done(proxy: FaultProxy) -> None:
    sqs = client(proxy, "sqs")
    url = sqs.create_queue(QueueName="lost")["QueueUrl"]
    with proxy.weather("answer lost", share=1), pytest.raises(ClientError):
        sqs.send_message(QueueUrl=url, MessageBody="it arrives")
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "it arrives"


def test_objects_pass_unchanged(proxy: FaultProxy) -> None:
    s3, content = client(proxy, "s3"), bytes(range(256)) * 1000
    s3.create_bucket(Bucket="through-the-proxy")
    s3.put_object(Bucket="through-the-proxy", Key="a key/with ümlaut", Body=content)
    assert s3.head_object(Bucket="through-the-proxy", Key="a key/with ümlaut")["ContentLength"] == len(content)
    assert s3.get_object(Bucket="through-the-proxy", Key="a key/with ümlaut")["Body"].read() == content


def test_requests_that_were_hit_are_counted(proxy: FaultProxy) -> None:
    before = proxy.hits["failed s3"]
    with proxy.weather("failed", share=1), pytest.raises(ClientError):
        CALLS["s3"](client(proxy, "s3"))
    CALLS["s3"](client(proxy, "s3"))
    assert proxy.hits["failed s3"] == before + 1
