"""Rules that hold for every resource of every profile, whatever construct made it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lib.cdk import App
from lib.naming import RESOURCE_NAMES
from lib.tap_stack import TapStack
from streamflix_cli.profiles.selection import Selection, select

ROOT = Path(__file__).parents[3]
ENVIRONMENTS = ["dev", "staging", "prod", "pr123", "local"]
PROFILES = sorted(path.stem for path in (ROOT / "configs").glob("*.yaml"))

Resource = dict[str, Any]

NAME_ATTRIBUTE = {
    "aws_cloudwatch_dashboard": "dashboard_name",
    "aws_cloudwatch_metric_alarm": "alarm_name",
    "aws_db_subnet_group": "name",
    "aws_ecs_task_definition": "family",
    "aws_lambda_function": "function_name",
    "aws_rds_cluster": "cluster_identifier",
    "aws_rds_cluster_instance": "identifier",
    "aws_s3_bucket": "bucket",
}
"""Where a resource's name stands, when it is not in `name`."""

NAMED_BY_TAG = {
    "aws_vpc", "aws_subnet", "aws_internet_gateway", "aws_nat_gateway", "aws_eip", "aws_route_table",
    "aws_vpc_endpoint", "aws_flow_log", "aws_default_security_group",
}  # fmt: skip

UNTAGGABLE = {
    "aws_appautoscaling_policy", "aws_cloudwatch_dashboard", "aws_cloudwatch_event_target",
    "aws_cloudwatch_log_metric_filter", "aws_ecs_cluster_capacity_providers", "aws_iam_role_policy",
    "aws_iam_role_policy_attachment", "aws_kms_alias", "aws_kms_key_policy", "aws_lambda_permission", "aws_route",
    "aws_route_table_association", "aws_s3_bucket_lifecycle_configuration", "aws_s3_bucket_logging",
    "aws_s3_bucket_object_lock_configuration", "aws_s3_bucket_ownership_controls", "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block", "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning", "aws_scheduler_schedule", "aws_secretsmanager_secret_policy",
    "aws_secretsmanager_secret_rotation", "aws_secretsmanager_secret_version", "aws_sns_topic_policy",
    "aws_sns_topic_subscription", "aws_sqs_queue_policy",
}  # fmt: skip
"""Types that have no tags in the AWS API; a type outside both this list and the tag rule fails the test."""

DESTROYABLE: dict[str, dict[str, object]] = {
    "aws_s3_bucket": {"force_destroy": True},
    "aws_secretsmanager_secret": {"recovery_window_in_days": 0},
    "aws_rds_cluster": {
        "skip_final_snapshot": True,
        "delete_automated_backups": True,
        "deletion_protection": False,
        "apply_immediately": True,
    },
    "aws_kinesis_stream": {"enforce_consumer_deletion": True},
    "aws_ecs_service": {"force_delete": True},
    "aws_iam_role": {"force_detach_policies": True},
    "aws_kms_key": {"deletion_window_in_days": 7},
}
"""What makes a resource go without help, with data inside."""

KEY_ATTRIBUTE = {
    "aws_cloudwatch_log_group": "kms_key_id",
    "aws_kinesis_stream": "kms_key_id",
    "aws_rds_cluster": "kms_key_id",
    "aws_secretsmanager_secret": "kms_key_id",
    "aws_sns_topic": "kms_master_key_id",
    "aws_sqs_queue": "kms_master_key_id",
}
"""Where the customer-managed key is named."""


@pytest.fixture(scope="module")
def selections() -> dict[str, Selection]:
    return {name: select(name, root=ROOT) for name in ENVIRONMENTS}


@pytest.fixture(scope="module")
def stacks(selections: dict[str, Selection], tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    out = tmp_path_factory.mktemp("stacks")
    app = App(outdir=str(out))
    for name, selection in selections.items():
        TapStack(app, name, profile=selection.profile, environment_suffix=selection.suffix)
    TapStack(app, "alone", environment_suffix="t")
    app.synth()
    return {name: json.loads((out / "stacks" / name / "cdk.tf.json").read_text()) for name in [*selections, "alone"]}


def resources(stack: dict[str, Any]) -> Iterator[tuple[str, str, Resource]]:
    for type_, by_id in stack["resource"].items():
        for id_, resource in by_id.items():
            yield type_, id_, resource


def by_stack(
    stacks: dict[str, dict[str, Any]], selections: dict[str, Selection]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, selection in selections.items():
        yield selection.suffix, stacks[name]
    yield "t", stacks["alone"]


def test_each_shipped_profile_is_walked_here() -> None:
    assert {name if name != "pr123" else "pr" for name in ENVIRONMENTS} == set(PROFILES) - {"base"}


def test_an_environment_suffix_alone_makes_a_full_stack(stacks: dict[str, dict[str, Any]]) -> None:
    assert sum(1 for _ in resources(stacks["alone"])) >= 70


def test_every_name_is_a_resource_type_with_the_environment_suffix(
    stacks: dict[str, dict[str, Any]], selections: dict[str, Selection]
) -> None:
    types = "|".join(map(re.escape, [*RESOURCE_NAMES, "alarm"]))
    for suffix, stack in by_stack(stacks, selections):
        pattern = re.compile(
            rf"(alias/)?({types})(-[a-z0-9-]+)?-{suffix}(-\${{data\.aws_caller_identity\.\w+\.account_id}})?"
            rf"|/streamflix/{suffix}/[a-z-]+(/[a-z-]+)?"
            rf"|/aws/[a-z]+/([a-z]+/)?({types})-{suffix}(/[a-z]+)?"
        )
        for type_, id_, resource in resources(stack):
            name = resource.get("tags", {}).get("Name") if type_ in NAMED_BY_TAG else None
            name = name or resource.get(NAME_ATTRIBUTE.get(type_, "name"))
            if type_ in {"aws_iam_role_policy", "aws_rds_cluster_parameter_group.parameter"}:
                continue  # An inline policy is named after what it allows, within its role.
            if name is not None and not name.startswith("${aws_"):
                assert pattern.fullmatch(name), f"{type_}.{id_}: {name}"


def test_every_taggable_resource_has_all_tags(
    stacks: dict[str, dict[str, Any]], selections: dict[str, Selection]
) -> None:
    common = {"Environment", "Project", "Owner", "ManagedBy", "DataResidency", "Ephemeral"}
    for suffix, stack in by_stack(stacks, selections):
        default = stack["provider"]["aws"][0]["default_tags"][0]["tags"]
        assert common <= set(default)
        assert default["Environment"] == suffix
        for type_, id_, resource in resources(stack):
            if type_ not in UNTAGGABLE:
                assert "DataClass" in resource.get("tags", {}), f"{type_}.{id_}"


def test_the_region_is_us_east_1_unless_the_profile_says_otherwise(
    stacks: dict[str, dict[str, Any]], selections: dict[str, Selection]
) -> None:
    assert stacks["alone"]["provider"]["aws"][0]["region"] == "us-east-1"
    for name, selection in selections.items():
        assert stacks[name]["provider"]["aws"][0]["region"] == selection.profile.aws.region


def test_everything_can_be_destroyed_unattended(
    stacks: dict[str, dict[str, Any]], selections: dict[str, Selection]
) -> None:
    for _, stack in by_stack(stacks, selections):
        for type_, id_, resource in resources(stack):
            for attribute, value in DESTROYABLE.get(type_, {}).items():
                assert resource.get(attribute) == value, f"{type_}.{id_}: {attribute}"
            assert not resource.get("lifecycle", {}).get("prevent_destroy"), f"{type_}.{id_}"
            assert not resource.get("skip_destroy"), f"{type_}.{id_}"
            assert not resource.get("deletion_protection"), f"{type_}.{id_}"


def test_everything_that_holds_data_is_encrypted_with_the_environments_key(
    stacks: dict[str, dict[str, Any]], selections: dict[str, Selection]
) -> None:
    for _, stack in by_stack(stacks, selections):
        for type_, id_, resource in resources(stack):
            if type_ in KEY_ATTRIBUTE:
                assert "aws_kms_key." in resource.get(KEY_ATTRIBUTE[type_], ""), f"{type_}.{id_}"
        buckets = stack["resource"]["aws_s3_bucket"]
        encrypted = stack["resource"]["aws_s3_bucket_server_side_encryption_configuration"]
        assert len(encrypted) == len(buckets)


def test_no_secret_stands_in_the_stack(stacks: dict[str, dict[str, Any]], selections: dict[str, Selection]) -> None:
    for _, stack in by_stack(stacks, selections):
        for type_, id_, resource in resources(stack):
            assert not {"master_password", "password", "secret_string", "secret_binary"} & set(resource), (
                f"{type_}.{id_}"
            )
        written = [
            resource["secret_string_wo"] for type_, _, resource in resources(stack) if "secret_string_wo" in resource
        ]
        assert written
        for value in written:
            assert "ephemeral." in value, "a secret must come from an ephemeral value"


def test_no_tag_changes_from_one_synth_to_the_next(
    selections: dict[str, Selection], stacks: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    app = App(outdir=str(tmp_path))
    dev = selections["dev"]
    TapStack(app, "dev", profile=dev.profile, environment_suffix=dev.suffix)
    app.synth()
    again = json.loads((tmp_path / "stacks" / "dev" / "cdk.tf.json").read_text())
    assert again == stacks["dev"]
