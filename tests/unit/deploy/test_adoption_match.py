"""What is adopted, what is deleted first, and what is left alone."""

from typing import Literal

import pytest
from hypothesis import given, strategies as st

from streamflix_cli.deploy.adoption.match import Match, Unknown, match
from streamflix_cli.deploy.adoption.types import TERRAFORM_TYPES, identities, import_id, names
from streamflix_cli.deploy.planfile import HOLDS_DATA
from streamflix_cli.deploy.sweep import Leftover

DECLARED = {"aws_vpc.vpc": "vpc-dev", "aws_sqs_queue.jobs": "jobs-dev", "aws_kms_key.key": "kms-key-dev"}


def unknown(kind: str, id: str, *names: str, found_by: Literal["tag", "name"] = "name", detail: str = "") -> Unknown:
    return Unknown(Leftover(type=kind, id=id, found_by=found_by, detail=detail), frozenset(names))


def matched(*found: Unknown, missing: set[str] | None = None) -> Match:
    return match(DECLARED, DECLARED.keys() if missing is None else missing, found)


def test_what_alone_bears_a_missing_name_is_adopted() -> None:
    done = matched(unknown("sqs_queue", "jobs-dev", "jobs-dev"), unknown("sqs_queue", "by-hand-dev", "by-hand-dev"))
    assert {address: one.id for address, one in done.adopted.items()} == {"aws_sqs_queue.jobs": "jobs-dev"}
    assert done.obsolete == done.unclear == ()


def test_a_namesake_of_what_the_state_knows_is_obsolete() -> None:
    done = matched(unknown("vpc", "vpc-2", "vpc-dev"), missing=set())
    assert [one.id for one in done.obsolete] == ["vpc-2"]


def test_two_namesakes_are_obsolete_but_not_if_they_hold_data() -> None:
    done = matched(unknown("vpc", "vpc-1", "vpc-dev"), unknown("vpc", "vpc-2", "vpc-dev"))
    assert ([one.id for one in done.obsolete], done.adopted) == (["vpc-1", "vpc-2"], {})
    keys = [unknown("kms_key", key, "kms-key-dev", found_by="tag") for key in ("a", "b")]
    done = matched(*keys)
    assert ([one.id for one in done.unclear], done.obsolete, done.adopted) == (["a", "b"], (), {})


def test_of_several_keys_the_aliased_one_is_meant() -> None:
    done = matched(
        unknown("kms_key", "a", "kms-key-dev", found_by="tag"), unknown("kms_key", "b", "kms-key-dev", found_by="name")
    )
    assert done.adopted["aws_kms_key.key"].id == "b"
    assert [one.id for one in done.unclear] == ["a"]


@pytest.mark.parametrize("detail", ["DELETING", "vpc-dev deleting", "DRAINING, 0 tasks running"])
def test_what_is_being_deleted_is_waited_for_and_not_adopted(detail: str) -> None:
    done = matched(unknown("sqs_queue", "jobs-dev", "jobs-dev", detail=detail))
    assert (len(done.obsolete), done.adopted) == (1, {})


def test_a_name_that_sounds_like_an_end_is_only_a_name() -> None:
    done = matched(unknown("sqs_queue", "jobs-dev", "jobs-dev", detail="internet-gateway-deleting"))
    assert "aws_sqs_queue.jobs" in done.adopted


found = st.builds(
    unknown,
    st.sampled_from(["vpc", "sqs_queue", "kms_key", "network_interface"]),
    st.text("abc", min_size=1, max_size=4),
    st.sampled_from([*DECLARED.values(), "other"]),
    found_by=st.sampled_from(["tag", "name"]),
    detail=st.sampled_from(["", "available", "deleting", "x, scheduled for deletion"]),
)


@given(st.lists(found, unique_by=lambda one: one.found.id), st.sets(st.sampled_from(sorted(DECLARED))))
def test_whatever_there_is(there: list[Unknown], missing: set[str]) -> None:
    done = match(DECLARED, missing, there)
    fates = [*done.adopted.values(), *done.obsolete, *done.unclear]
    assert len(fates) == len(set(fates)), "each has one fate"
    assert set(done.adopted) <= missing
    named = {
        one.found
        for one in there
        if (TERRAFORM_TYPES.get(one.found.type), *one.names)
        in {(address.partition(".")[0], name) for address, name in DECLARED.items()}
    }
    assert set(fates) == named, "what bears no name of the stack is passed over"
    for one in done.obsolete:
        assert one.detail == "deleting" or TERRAFORM_TYPES[one.type] not in HOLDS_DATA


ARN = "arn:aws:autoscaling:eu-west-1:1:scalingPolicy:6d:resource/ecs/service/ecs-cluster-dev/worker-service-dev"


@pytest.mark.parametrize(
    ("kind", "id", "expected"),
    [
        ("s3_bucket", "raw-bucket-dev-1", "raw-bucket-dev-1"),
        ("event_rule", "task-failures-rule-dev", "task-failures-rule-dev"),
        ("schedule", "housekeep-schedule-dev", "default/housekeep-schedule-dev"),
        ("ecs_service", "ecs-cluster-dev/worker-service-dev", "ecs-cluster-dev/worker-service-dev"),
        ("scaling_target", "service/c/s", "ecs/service/c/s/ecs:service:DesiredCount"),
        (
            "scaling_policy",
            f"{ARN}:policyName/worker-start-policy-dev",
            "ecs/service/ecs-cluster-dev/worker-service-dev/ecs:service:DesiredCount/worker-start-policy-dev",
        ),
    ],
)
def test_the_id_to_import_by(kind: str, id: str, expected: str) -> None:
    import boto3  # noqa: PLC0415

    assert import_id(boto3.Session(region_name="eu-west-1"), Leftover(type=kind, id=id, found_by="name")) == expected


@pytest.mark.parametrize(
    ("kind", "id", "expected"),
    [
        ("scaling_policy", f"{ARN}:policyName/worker-start-policy-dev", "worker-start-policy-dev"),
        ("secret", "arn:aws:secretsmanager:eu-west-1:1:secret:audit-key-dev-AbCdEf", "audit-key-dev"),
        ("ecs_task_definition", "arn:aws:ecs:eu-west-1:1:task-definition/worker-dev:3", "worker-dev"),
        ("log_group", "/streamflix/dev/worker", "/streamflix/dev/worker"),
        ("vpc", "vpc-1", "vpc-dev"),
    ],
)
def test_what_it_may_be_called(kind: str, id: str, expected: str) -> None:
    one = Leftover(type=kind, id=id, found_by="name")
    assert expected in names(one, {"vpc-1": "vpc-dev"})
    assert id in identities(one)
