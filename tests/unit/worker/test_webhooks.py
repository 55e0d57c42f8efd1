"""Signatures: by the specification, and checked as the documentation tells receivers to."""

import time
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given, strategies as st

from lib.worker.webhooks import KEY_BYTES, origin, sign, signing_keys
from tests.webhooks import verify

NOW = 1_800_000_000
keys = st.binary(min_size=KEY_BYTES.start, max_size=KEY_BYTES.stop - 1)
ids = st.uuids().map(str)
seconds = st.integers(-300, 300)


@pytest.fixture(autouse=True, scope="module")
def now() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: float(NOW))
        yield


def headers(key: bytes, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign([key], message_id=message_id, timestamp=timestamp, body=body),
    }


def test_the_signature_is_that_of_the_reference_libraries() -> None:
    # Their own test vector (standard-webhooks, "sign function works").
    key = signing_keys(Secret(AWSCURRENT="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "arn")
    signature = sign(key, message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, body=b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(keys, ids, seconds, st.binary(max_size=200))
def test_what_is_signed_is_accepted_for_five_minutes(key: bytes, message_id: str, age: int, body: bytes) -> None:
    verify(b64encode(key).decode(), headers(key, message_id, NOW - age, body), body)
    verify("whsec_" + b64encode(key).decode(), headers(key, message_id, NOW - age, body), body)


@given(keys, ids, st.integers(301, 10**9) | st.integers(-(10**9), -301), st.binary(max_size=200))
def test_what_is_replayed_later_is_refused(key: bytes, message_id: str, age: int, body: bytes) -> None:
    with pytest.raises(ValueError, match="too old"):
        verify(b64encode(key).decode(), headers(key, message_id, NOW - age, body), body)


@given(st.data(), keys, ids, seconds, st.binary(min_size=1, max_size=200))
def test_whatever_is_changed_is_noticed(data: Any, key: bytes, message_id: str, age: int, body: bytes) -> None:
    sent = headers(key, message_id, NOW - age, body)
    changed = data.draw(st.sampled_from([*sent, "body", "key"]))
    if changed == "body":
        body = data.draw(st.binary(max_size=200).filter(lambda other: other != body))
    elif changed == "key":
        key = data.draw(keys.filter(lambda other: other != key))
    elif changed == "webhook-timestamp":
        sent[changed] = str(data.draw(seconds.filter(lambda other: other != age).map(lambda other: NOW - other)))
    else:
        sent[changed] = data.draw(st.text(max_size=80).filter(lambda other: other != sent[changed]))
    with pytest.raises(ValueError, match="not signed"):
        verify(b64encode(key).decode(), sent, body)


@given(keys, keys, ids, st.binary(max_size=200))
def test_either_of_two_keys_verifies_a_message_signed_with_both(
    key: bytes, other: bytes, message_id: str, body: bytes
) -> None:
    sent = headers(key, message_id, NOW, body)
    sent["webhook-signature"] = sign([key, other], message_id=message_id, timestamp=NOW, body=body)
    for each in (key, other):
        verify(b64encode(each).decode(), sent, body)


class Secret:
    """A secret with values by stage, as boto3's client gives them."""

    class exceptions:  # noqa: N801 - boto3's name
        class ResourceNotFoundException(Exception): ...  # noqa: N818 - boto3's name

    def __init__(self, **values: str) -> None:
        self._values = values

    def get_secret_value(self, *, SecretId: str, VersionStage: str) -> dict[str, str]:  # noqa: N803 - boto3's names
        assert SecretId == "arn"
        if VersionStage not in self._values:
            raise self.exceptions.ResourceNotFoundException
        return {"SecretString": self._values[VersionStage]}


A, B = "a" * 64, "b" * 64


@pytest.mark.parametrize(
    ("values", "count"),
    [
        ({"AWSCURRENT": A}, 1),
        ({"AWSCURRENT": A + "\n", "AWSPREVIOUS": B}, 2),
        ({"AWSCURRENT": A, "AWSPREVIOUS": "-"}, 1),
    ],
)
def test_the_keys_are_the_current_one_and_the_one_before(values: dict[str, str], count: int) -> None:
    assert signing_keys(Secret(**values), "arn") == [bytes([105, 166, 154] * 16), bytes([109, 182, 219] * 16)][:count]


@pytest.mark.parametrize("value", ["", "short", "a" * 28, "a" * 88, "no base64: " + "é" * 40, "whsec_", "a" * 63])
def test_what_is_no_key_is_refused_and_not_shown(value: str) -> None:
    with pytest.raises(ValueError, match="24 to 64") as refused:
        signing_keys(Secret(AWSCURRENT=value), "arn")
    assert not value or value not in str(refused.value)


def test_what_an_address_may_hide_is_not_shown() -> None:
    assert origin("https://hooks.example:8443/services/T0/B0/secret?token=secret") == "https://hooks.example:8443"
