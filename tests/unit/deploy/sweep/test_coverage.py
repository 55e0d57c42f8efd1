"""No resource type of the stack is without a prober."""

from pathlib import Path

import pytest

from streamflix_cli.deploy.adoption.types import TERRAFORM_TYPES
from streamflix_cli.deploy.sweep.probers import PROBERS

ROOT = Path(__file__).parents[4]

PARTS = {
    "aws_cloudwatch_event_target",
    "aws_cloudwatch_log_metric_filter",
    "aws_default_security_group",
    "aws_ecs_cluster_capacity_providers",
    "aws_iam_role_policy",
    "aws_iam_role_policy_attachment",
    "aws_lambda_permission",
    "aws_route",
    "aws_route_table_association",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_logging",
    "aws_s3_bucket_object_lock_configuration",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
    "aws_secretsmanager_secret_rotation",
    "aws_secretsmanager_secret_version",
    "aws_sns_topic_policy",
    "aws_sns_topic_subscription",
    "aws_sqs_queue_policy",
    "aws_vpc_security_group_egress_rule",
    "aws_vpc_security_group_ingress_rule",
}
"""Settings of another resource: they end with it."""

MADE_BY_SERVICES = {
    "ecs_task",
    "network_interface",
    "rds_cluster_backup",
    "rds_cluster_snapshot",
    "scaling_alarm",
    "other",
}
"""What no stack declares and a destroy may leave all the same."""


@pytest.mark.parametrize("environment", ["dev", "staging", "prod", "pr123", "local"])
def test_every_resource_type_of_the_stack_has_a_prober_or_is_a_part_of_another(environment: str) -> None:
    from streamflix_cli.profiles.selection import select  # noqa: PLC0415
    from tests.unit.lib.synthesis import synthesize_pipeline  # noqa: PLC0415

    stack = synthesize_pipeline(select(environment, root=ROOT).profile)
    assert set(stack.document["resource"]) <= set(TERRAFORM_TYPES.values()) | PARTS


def test_every_prober_looks_for_something() -> None:
    assert {prober.type for prober in PROBERS} == TERRAFORM_TYPES.keys() | MADE_BY_SERVICES
