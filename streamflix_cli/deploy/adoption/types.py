"""The Terraform type of what the sweep finds, what it may be called, and the id that Terraform imports it by."""

from typing import Any

import boto3

from streamflix_cli.deploy.sweep import Leftover

TERRAFORM_TYPES = {
    "cloudwatch_alarm": "aws_cloudwatch_metric_alarm",
    "cloudwatch_dashboard": "aws_cloudwatch_dashboard",
    "ecs_cluster": "aws_ecs_cluster",
    "ecs_service": "aws_ecs_service",
    "ecs_task_definition": "aws_ecs_task_definition",
    "elastic_ip": "aws_eip",
    "event_rule": "aws_cloudwatch_event_rule",
    "flow_log": "aws_flow_log",
    "iam_policy": "aws_iam_policy",
    "iam_role": "aws_iam_role",
    "internet_gateway": "aws_internet_gateway",
    "kinesis_stream": "aws_kinesis_stream",
    "kms_alias": "aws_kms_alias",
    "kms_key": "aws_kms_key",
    "lambda_function": "aws_lambda_function",
    "log_group": "aws_cloudwatch_log_group",
    "nat_gateway": "aws_nat_gateway",
    "pipe": "aws_pipes_pipe",
    "rds_cluster": "aws_rds_cluster",
    "rds_cluster_parameter_group": "aws_rds_cluster_parameter_group",
    "rds_instance": "aws_rds_cluster_instance",
    "rds_subnet_group": "aws_db_subnet_group",
    "route_table": "aws_route_table",
    "s3_bucket": "aws_s3_bucket",
    "scaling_policy": "aws_appautoscaling_policy",
    "scaling_target": "aws_appautoscaling_target",
    "schedule": "aws_scheduler_schedule",
    "secret": "aws_secretsmanager_secret",
    "security_group": "aws_security_group",
    "sns_topic": "aws_sns_topic",
    "sqs_queue": "aws_sqs_queue",
    "ssm_parameter": "aws_ssm_parameter",
    "subnet": "aws_subnet",
    "vpc": "aws_vpc",
    "vpc_endpoint": "aws_vpc_endpoint",
}
"""By the sweep's type. Beside these it finds what the stack does not declare: tasks, network interfaces, snapshots,
backups, the alarms of scaling policies."""
UNNAMED = frozenset(
    {
        "elastic_ip",
        "flow_log",
        "internet_gateway",
        "kms_key",
        "nat_gateway",
        "route_table",
        "security_group",
        "subnet",
        "vpc",
        "vpc_endpoint",
    }
)
"""Types whose ids AWS makes up; only the stack makes any of them, and gives each a tag `Name`."""
_SECRET_ENDING = 7
"""Characters that Secrets Manager appends to a secret's name in its ARN: a hyphen and six random ones."""
_DIMENSION = "ecs:service:DesiredCount"


def identities(found: Leftover) -> set[str]:
    """By what a state that knows exactly this resource knows it: its id, or its name where that is unique."""
    if found.type in UNNAMED or found.type in ("ecs_task_definition", "secret", "scaling_target"):
        return {found.id}
    return {found.id, _last(found.id)}


def names(found: Leftover, name_tags: dict[str, str]) -> set[str]:
    """What the stack may call a resource.

    Args:
        found: The resource.
        name_tags: What `read_name_tags` returned.
    """
    if found.type in UNNAMED:
        return {name_tags[found.id]} if found.id in name_tags else set()
    if found.type == "ecs_task_definition":
        return {found.id.rpartition("/")[2].partition(":")[0]}  # FAMILY:REVISION
    if found.type == "secret":
        return {_last(found.id)[:-_SECRET_ENDING]}
    return identities(found)


def _last(id: str) -> str:
    """The name at the end of an ARN, or of a path such as `CLUSTER/SERVICE`."""
    return id.rpartition("/")[2].rpartition(":")[2]


def read_name_tags(session: boto3.Session, found: list[Leftover]) -> dict[str, str]:
    """Returns the tag `Name` of each resource whose id AWS made up, by id."""
    ids = [one.id for one in found if one.type in UNNAMED and one.type != "kms_key"]
    listing: Any = session.client("ec2").get_paginator("describe_tags")
    named = {"Name": "key", "Values": ["Name"]}
    pages = listing.paginate(Filters=[{"Name": "resource-id", "Values": ids}, named]) if ids else []
    tags = {tag["ResourceId"]: str(tag["Value"]) for page in pages for tag in page["Tags"]}
    for key in (one.id for one in found if one.type == "kms_key"):
        for tag in session.client("kms").list_resource_tags(KeyId=key)["Tags"]:
            if tag["TagKey"] == "Name":
                tags[key] = tag["TagValue"]
    return tags


def import_id(session: boto3.Session, found: Leftover) -> str:
    """Returns the id by which Terraform imports a resource: see "Import" in the provider's page on its type."""
    if found.type == "sqs_queue":
        return str(session.client("sqs").get_queue_url(QueueName=found.id)["QueueUrl"])
    if found.type == "schedule":
        return f"default/{found.id}"  # GROUP/SCHEDULE
    if found.type == "scaling_target":
        return f"ecs/{found.id}/{_DIMENSION}"
    if found.type == "scaling_policy":  # ARN…:resource/ecs/service/CLUSTER/SERVICE:policyName/NAME
        target, _, name = found.id.rpartition(":resource/ecs/")[2].partition(":policyName/")
        return f"ecs/{target}/{_DIMENSION}/{name}"
    return found.id
