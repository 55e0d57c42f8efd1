"""The longest environment suffix and API key name, in the largest stack: what AWS limits still holds all of it."""

import json
import re
from collections import Counter

import pytest

from lib.profile import SUFFIX_MAX_LENGTH, Aws, Database, Monitoring, Network, Processing, Profile, Secrets
from tests.unit.lib.synthesis import Resource, Synthesized, synthesize_pipeline

SUFFIX = "s" * SUFFIX_MAX_LENGTH
ACCOUNT = "123456789012"
REGION = "ap-southeast-2"  # No region's name is longer.

LONGEST_NAME = {
    "aws_appautoscaling_policy": ("name", 256),
    "aws_cloudwatch_dashboard": ("dashboard_name", 255),
    "aws_cloudwatch_event_rule": ("name", 64),
    "aws_cloudwatch_log_group": ("name", 512),
    "aws_cloudwatch_log_metric_filter": ("name", 512),
    "aws_cloudwatch_metric_alarm": ("alarm_name", 255),
    "aws_db_subnet_group": ("name", 255),
    "aws_ecs_cluster": ("name", 255),
    "aws_ecs_service": ("name", 255),
    "aws_ecs_task_definition": ("family", 255),
    "aws_iam_policy": ("name", 128),
    "aws_iam_role": ("name", 64),
    "aws_iam_role_policy": ("name", 128),
    "aws_kinesis_stream": ("name", 128),
    "aws_kms_alias": ("name", 256),
    "aws_lambda_function": ("function_name", 64),
    "aws_pipes_pipe": ("name", 64),
    "aws_rds_cluster": ("cluster_identifier", 63),
    "aws_rds_cluster_instance": ("identifier", 63),
    "aws_rds_cluster_parameter_group": ("name", 255),
    "aws_s3_bucket": ("bucket", 63),
    "aws_scheduler_schedule": ("name", 64),
    "aws_secretsmanager_secret": ("name", 512),
    "aws_security_group": ("name", 255),
    "aws_sns_topic": ("name", 256),
    "aws_sqs_queue": ("name", 80),
    "aws_ssm_parameter": ("name", 1011),
}
"""Where a name stands and how long it may be (each service's API reference)."""

LONGEST_DESCRIPTION = {
    "aws_cloudwatch_event_rule": 512,
    "aws_cloudwatch_metric_alarm": 1024,
    "aws_lambda_function": 256,
    "aws_pipes_pipe": 512,
    "aws_scheduler_schedule": 512,
    "aws_security_group": 255,
    "aws_vpc_security_group_egress_rule": 255,
    "aws_vpc_security_group_ingress_rule": 255,
}
TAG_VALUE = 256
MANAGED_POLICY = 6144
INLINE_POLICIES_OF_A_ROLE = 10_240
"""IAM and STS quotas, in characters without white space."""
CONTAINER_DEFINITIONS = 65_536
"""ECS service quotas, "Task definition size limit", in bytes."""


@pytest.fixture(scope="module")
def stack() -> Synthesized:
    return synthesize_pipeline(
        Profile(
            aws=Aws(region=REGION),
            network=Network(availability_zones=3, nat_gateways="per_az", interface_endpoints=("ecr.api", "sqs")),
            processing=Processing(spot_weight=1),
            database=Database(readers=15),
            secrets=Secrets(api_keys=tuple(f"k{number:039}" for number in range(20))),
            monitoring=Monitoring(alarm_email="alarms@streamflix.example"),
        ),
        suffix=SUFFIX,
    )


def deployed(stack: Synthesized, text: str) -> str:
    """A text with references filled in, each by what AWS would give it, or something longer."""

    def value(reference: re.Match[str]) -> str:
        type_, id_, *_ = reference[1].split(".")
        if type_ == "data":
            return ACCOUNT
        resource = stack.document["resource"][type_][id_]
        attribute, _ = LONGEST_NAME.get(type_, ("", 0))
        name = deployed(stack, resource.get(attribute, "x" * 36))
        if type_ == "aws_s3_bucket":
            return name if reference[1].endswith(".bucket") else f"arn:aws:s3:::{name}"
        if type_ == "aws_rds_cluster" and "secret" in reference[1]:
            name = f"rds!cluster-{'x' * 36}"
        return f"arn:aws:{type_.split('_')[1]}:{REGION}:{ACCOUNT}:cluster/{name}-AbCdEf"

    return re.sub(r"\$\{([^}]+)\}", value, text)


def policy_size(stack: Synthesized, policy: Resource) -> int:
    return len(json.dumps(json.loads(deployed(stack, policy["policy"])), separators=(",", ":")))


def test_every_name_keeps_the_limit_of_its_service(stack: Synthesized) -> None:
    for type_, (attribute, limit) in LONGEST_NAME.items():
        names = [deployed(stack, resource[attribute]) for resource in stack.all(type_)]
        assert names, type_
        for name in names:
            assert len(name) <= limit, f"{type_}: {name}"


def test_every_type_with_a_name_is_measured(stack: Synthesized) -> None:
    attributes = {attribute for attribute, _ in LONGEST_NAME.values()} - {"identifier", "bucket", "family"}
    named = {
        type_
        for type_, resources in stack.document["resource"].items()
        if any(attributes & set(resource) for resource in resources.values())
    }
    assert named <= {*LONGEST_NAME, "aws_lambda_permission"}  # It names the function.


def test_every_description_and_name_tag_keeps_its_limit(stack: Synthesized) -> None:
    for type_, resources in stack.document["resource"].items():
        for id_, resource in resources.items():
            description = resource.get("description", resource.get("alarm_description", ""))
            assert len(deployed(stack, description)) <= LONGEST_DESCRIPTION.get(type_, 1000), f"{type_}.{id_}"
            assert len(resource.get("tags", {}).get("Name", "")) <= TAG_VALUE, f"{type_}.{id_}"


def test_names_are_unique_within_their_type(stack: Synthesized) -> None:
    for type_, (attribute, _) in LONGEST_NAME.items():
        if type_ != "aws_iam_role_policy":  # Unique within its role, by Terraform's own address.
            names = Counter(resource[attribute] for resource in stack.all(type_))
            assert [name for name, count in names.items() if count > 1] == [], type_


def test_the_inline_policies_of_every_role_fit(stack: Synthesized) -> None:
    sizes: Counter[str] = Counter()
    for policy in stack.all("aws_iam_role_policy"):
        sizes[policy["role"]] += policy_size(stack, policy)
    assert len(sizes) == len(stack.all("aws_iam_role"))
    assert {role: size for role, size in sizes.items() if size > INLINE_POLICIES_OF_A_ROLE} == {}


def test_the_operators_managed_policy_fits(stack: Synthesized) -> None:
    assert policy_size(stack, stack.one("aws_iam_policy")) <= MANAGED_POLICY


def test_every_task_definition_fits(stack: Synthesized) -> None:
    for definition in stack.all("aws_ecs_task_definition"):
        assert len(deployed(stack, definition["container_definitions"]).encode()) <= CONTAINER_DEFINITIONS
