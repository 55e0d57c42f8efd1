"""No resource type of the stack is without a prober."""

from pathlib import Path

import pytest

from streamflix_cli.deploy.adoption.types import TERRAFORM_TYPES
from streamflix_cli.deploy.sweep.probers import PROBERS

ROOT = Path(__file__).parents[4]

LOOKED_UP = {
    "aws_lambda_permission",
    "aws_route",
    "aws_route_table_association",
    "aws_vpc_security_group_egress_rule",
    "aws_vpc_security_group_ingress_rule",
}
"""Parts of another resource that AWS refuses to make twice: adopted with it, by `find_parts`."""

PUT_AGAIN = {
    "aws_cloudwatch_event_target": "PutTargets",
    "aws_cloudwatch_log_metric_filter": "PutMetricFilter",
    "aws_default_security_group": "there from the start: Terraform adopts it by itself",
    "aws_ecs_cluster_capacity_providers": "PutClusterCapacityProviders",
    "aws_iam_role_policy": "PutRolePolicy",
    "aws_iam_role_policy_attachment": "AttachRolePolicy",
    "aws_s3_bucket_lifecycle_configuration": "PutBucketLifecycleConfiguration",
    "aws_s3_bucket_logging": "PutBucketLogging",
    "aws_s3_bucket_object_lock_configuration": "PutObjectLockConfiguration",
    "aws_s3_bucket_ownership_controls": "PutBucketOwnershipControls",
    "aws_s3_bucket_policy": "PutBucketPolicy",
    "aws_s3_bucket_public_access_block": "PutPublicAccessBlock",
    "aws_s3_bucket_server_side_encryption_configuration": "PutBucketEncryption",
    "aws_s3_bucket_versioning": "PutBucketVersioning",
    "aws_secretsmanager_secret_rotation": "RotateSecret, which sets the rules and does not rotate at once",
    "aws_secretsmanager_secret_version": "PutSecretValue, of the value that the secret has",
    "aws_sns_topic_policy": "SetTopicAttributes",
    "aws_sns_topic_subscription": "Subscribe, which answers with the subscription that there is",
    "aws_sqs_queue_policy": "SetQueueAttributes",
}
"""Settings of another resource, with how AWS takes them again and again: created anew over themselves. Like the parts
that are looked up they end with the resource."""

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
    assert set(stack.document["resource"]) <= set(TERRAFORM_TYPES.values()) | LOOKED_UP | PUT_AGAIN.keys()


def test_every_prober_looks_for_something() -> None:
    assert {prober.type for prober in PROBERS} == TERRAFORM_TYPES.keys() | MADE_BY_SERVICES
