"""Cluster, task definitions, service and what each role may do, on synthesized JSON."""

import json
from typing import Any

import pytest

from lib.profile import Database, Environment, Network, Notifications, Processing, Profile, Secrets, Webhook
from tests.unit.lib.synthesis import Resource, Synthesized, synthesize_pipeline

TASKS = ("worker", "migrate", "housekeep")
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/media/worker@sha256:" + "0" * 64


def container(stack: Synthesized, task: str) -> dict[str, Any]:
    (value,) = json.loads(stack.one("aws_ecs_task_definition", family=f"{task}-t1")["container_definitions"])
    assert isinstance(value, dict)
    return value


def environment(stack: Synthesized, task: str) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in container(stack, task)["environment"]}


def injected(stack: Synthesized, task: str) -> set[str]:
    return {secret["name"] for secret in container(stack, task)["secrets"]}


def readable_secrets(stack: Synthesized, role: str) -> set[str]:
    return {
        resource
        for statements in stack.inline_policies(role).values()
        for statement in statements
        if "secretsmanager:GetSecretValue" in statement["Action"]
        for resource in statement["Resource"]
    }


def secret_arn(stack: Synthesized, name: str) -> str:
    return f"${{{stack.address('aws_secretsmanager_secret', name=name)}.arn}}"


@pytest.fixture(scope="module")
def service(pipeline: Synthesized) -> Resource:
    return pipeline.one("aws_ecs_service", name="worker-service-t1")


@pytest.mark.parametrize("task", TASKS)
def test_every_task_is_confined(pipeline: Synthesized, task: str) -> None:
    definition = container(pipeline, task)
    assert definition["readonlyRootFilesystem"] is True
    assert definition["user"].split(":")[0] not in {"", "0", "root"}
    assert definition["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    assert definition["mountPoints"] == [{"sourceVolume": "scratch", "containerPath": "/scratch", "readOnly": False}]
    assert "privileged" not in definition


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_two_minutes_to_stop(pipeline: Synthesized, task: str) -> None:
    assert container(pipeline, task)["stopTimeout"] == 120


@pytest.mark.parametrize("task", TASKS)
def test_every_task_writes_to_its_own_declared_log_without_blocking(pipeline: Synthesized, task: str) -> None:
    options = container(pipeline, task)["logConfiguration"]["options"]
    address = pipeline.address("aws_cloudwatch_log_group", name=f"/streamflix/t1/{task}")
    assert options["awslogs-group"] == f"${{{address}.name}}"
    assert options["mode"] == "non-blocking"
    assert "awslogs-create-group" not in options


@pytest.mark.parametrize("task", TASKS)
def test_every_task_runs_its_own_command_of_the_same_image(pipeline: Synthesized, task: str) -> None:
    definition = container(pipeline, task)
    assert definition["command"] == ["python", "-m", "lib.worker", task]
    assert definition["image"].endswith(".dkr.ecr.us-east-1.amazonaws.com/streamflix/worker:latest")
    assert definition["memory"] == int(pipeline.one("aws_ecs_task_definition", family=f"{task}-t1")["memory"])


def test_workers_have_the_size_of_the_profile(pipeline: Synthesized) -> None:
    definition = pipeline.one("aws_ecs_task_definition", family="worker-t1")
    assert (definition["cpu"], definition["memory"]) == ("2048", "4096")
    assert definition["ephemeral_storage"] == {"size_in_gib": 50}
    assert definition["runtime_platform"]["cpu_architecture"] == "X86_64"


def test_a_worker_is_told_everything_it_needs(pipeline: Synthesized) -> None:
    assert {
        "APP_SECRET_ARN",
        "AWS_REGION",
        "DATABASE_HOST",
        "DATABASE_NAME",
        "DATABASE_PORT",
        "EVIDENCE_BUCKET",
        "JOBS_DEAD_LETTER_QUEUE_URL",
        "JOBS_QUEUE_URL",
        "METRICS_NAMESPACE",
        "PROCESSED_BUCKET",
        "RAW_BUCKET",
        "SCRATCH_DIR",
        "STREAMFLIX_ENVIRONMENT",
        "STREAM_NAME",
        "VIDEO_EVENTS_TOPIC_ARN",
    } <= set(environment(pipeline, "worker"))
    assert injected(pipeline, "worker") == {"AUDIT_KEY"}


def test_a_worker_reads_its_settings_with_the_profiles_own_model(pipeline: Synthesized) -> None:
    settings = json.loads(environment(pipeline, "worker")["PROCESSING_SETTINGS"])
    assert Processing.model_validate_json(json.dumps(settings)).ladder == Processing().ladder
    assert "max_tasks" not in settings, "a changed limit must not restart workers"


def test_the_migrations_alone_are_told_of_the_owner_and_know_no_audit_key(pipeline: Synthesized) -> None:
    assert "OWNER_SECRET_ARN" in environment(pipeline, "migrate")
    assert injected(pipeline, "migrate") == set()
    for task in ("worker", "housekeep"):
        assert "OWNER_SECRET_ARN" not in environment(pipeline, task)
        assert "OPERATOR_SECRET_ARN" not in environment(pipeline, task)


def test_the_execution_role_reads_only_what_it_injects(pipeline: Synthesized) -> None:
    assert readable_secrets(pipeline, "task-execution-role-t1") == {secret_arn(pipeline, "audit-key-t1")}


def test_workers_and_housekeeping_read_the_keys_of_webhooks_and_no_other_api_key() -> None:
    url = "https://catalogue.example/videos"
    stack = synthesize_pipeline(
        Profile(
            secrets=Secrets(api_keys=("catalogue", "other")),
            notifications=Notifications(webhooks=(Webhook(url=url, api_key="catalogue"),)),
        )
    )
    key = secret_arn(stack, "api-key-catalogue-t1")
    credentials = secret_arn(stack, "database-app-secret-t1")
    for task in ("worker", "housekeep"):
        assert json.loads(environment(stack, task)["NOTIFICATION_SETTINGS"]) == {
            "webhooks": [{"url": url, "key_arn": key}]
        }
        assert readable_secrets(stack, f"{task}-role-t1") == {key, credentials}


def test_no_task_may_make_log_groups_or_read_what_it_is_not_told(pipeline: Synthesized) -> None:
    for role in pipeline.all("aws_iam_role"):
        for statements in pipeline.inline_policies(role["name"]).values():
            for statement in statements:
                assert "logs:CreateLogGroup" not in statement["Action"]
                assert not [action for action in statement["Action"] if "*" in action]


def test_workers_consume_and_ring_and_protect_themselves_on_their_own_cluster(pipeline: Synthesized) -> None:
    policies = pipeline.inline_policies("worker-role-t1")
    actions = {action for statements in policies.values() for statement in statements for action in statement["Action"]}
    assert {"sqs:ReceiveMessage", "sqs:SendMessage", "kinesis:GetRecords", "s3:PutObject"} <= actions
    (protect,) = policies["protect-tasks"]
    assert protect["Action"] == ["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"]
    assert protect["Resource"][0].endswith(f"task/${{{pipeline.address('aws_ecs_cluster')}.name}}/*")
    assert "s3:DeleteObjectVersion" not in actions


def test_metrics_go_to_the_environments_namespace_only(pipeline: Synthesized) -> None:
    for role in ("worker-role-t1", "housekeep-role-t1"):
        (statement,) = pipeline.inline_policies(role)["put-metrics"]
        assert statement["Condition"] == {"StringEquals": {"cloudwatch:namespace": "StreamFlix/t1"}}


def test_evidence_can_be_added_but_not_removed(pipeline: Synthesized) -> None:
    address = pipeline.address("aws_s3_bucket", bucket=f"evidence-bucket-t1-${{{_caller(pipeline)}.account_id}}")
    for role in ("worker-role-t1", "housekeep-role-t1"):
        for statements in pipeline.inline_policies(role).values():
            for statement in statements:
                if any(address in resource for resource in statement["Resource"]):
                    assert not [action for action in statement["Action"] if "Delete" in action or "Bypass" in action]


def _caller(stack: Synthesized) -> str:
    (name,) = stack.document["data"]["aws_caller_identity"]
    return f"data.aws_caller_identity.{name}"


@pytest.mark.parametrize("role", ["worker-role-t1", "migrate-role-t1", "housekeep-role-t1", "task-execution-role-t1"])
def test_roles_are_assumed_only_for_tasks_of_this_account(pipeline: Synthesized, role: str) -> None:
    (trust,) = json.loads(pipeline.one("aws_iam_role", name=role)["assume_role_policy"])["Statement"]
    assert trust["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
    assert set(trust["Condition"]) == {"StringEquals", "ArnLike"}


def test_the_service_mixes_spot_and_on_demand_without_a_launch_type(service: Resource) -> None:
    assert "launch_type" not in service
    strategy = {item["capacity_provider"]: item for item in service["capacity_provider_strategy"]}
    assert strategy["FARGATE"] == {"capacity_provider": "FARGATE", "base": 1, "weight": 1}
    assert strategy["FARGATE_SPOT"]["weight"] == 3


def test_without_spot_weight_nothing_runs_on_spot() -> None:
    stack = synthesize_pipeline(Profile(processing=Processing(spot_weight=0)))
    (only,) = stack.one("aws_ecs_service")["capacity_provider_strategy"]
    assert only["capacity_provider"] == "FARGATE"


def test_a_failed_deployment_rolls_back(service: Resource) -> None:
    assert service["deployment_circuit_breaker"] == {"enable": True, "rollback": True}


def test_tasks_carry_the_services_tags_and_admit_no_shell(service: Resource) -> None:
    assert service["propagate_tags"] == "SERVICE"
    assert service["enable_ecs_managed_tags"] is True
    assert service["enable_execute_command"] is False


def test_the_service_goes_with_tasks_running(service: Resource) -> None:
    assert service["force_delete"] is True
    assert service["wait_for_steady_state"] is False


def test_the_service_waits_for_permissions_and_for_the_values_of_its_secrets(service: Resource) -> None:
    awaited = {address.partition(".")[0] for address in service["depends_on"]}
    assert {
        "aws_ecs_cluster_capacity_providers",
        "aws_iam_role_policy",
        "aws_secretsmanager_secret_version",
    } <= awaited


def test_the_service_waits_for_its_ways_out_and_for_the_database() -> None:
    network = Network(nat_gateways="per_az", interface_endpoints=("sqs", "kms"))
    stack = synthesize_pipeline(Profile(network=network, database=Database(readers=1)))
    awaited = set(stack.one("aws_ecs_service")["depends_on"])
    for type_ in (
        "aws_rds_cluster_instance",
        "aws_route",
        "aws_route_table_association",
        "aws_vpc_endpoint",
        "aws_vpc_security_group_egress_rule",
        "aws_vpc_security_group_ingress_rule",
    ):
        assert {f"{type_}.{id_}" for id_ in stack.document["resource"][type_]} <= awaited, type_


def test_container_insights_find_their_log_declared(pipeline: Synthesized) -> None:
    cluster = pipeline.one("aws_ecs_cluster", name="ecs-cluster-t1")
    assert cluster["setting"] == [{"name": "containerInsights", "value": "enabled"}]
    log = pipeline.address("aws_cloudwatch_log_group", name="/aws/ecs/containerinsights/ecs-cluster-t1/performance")
    assert log in cluster["depends_on"]


def test_scratch_space_is_encrypted_with_the_environments_key(pipeline: Synthesized) -> None:
    storage = pipeline.one("aws_ecs_cluster")["configuration"]["managed_storage_configuration"]
    assert storage["fargate_ephemeral_storage_kms_key_id"] == f"${{{pipeline.address('aws_kms_key')}.arn}}"


def test_a_profiles_own_image_is_run_and_its_repository_alone_may_be_pulled() -> None:
    stack = synthesize_pipeline(Profile(environment=Environment(ephemeral=True), processing=Processing(image=IMAGE)))
    assert container(stack, "worker")["image"] == IMAGE
    _, pull = stack.inline_policies("task-execution-role-t1")["pull-image"]
    assert pull["Resource"] == ["arn:aws:ecr:eu-west-1:123456789012:repository/media/worker"]
    assert "EVIDENCE_BUCKET" not in environment(stack, "worker")


def test_the_default_image_may_be_pulled_from_the_accounts_own_repository(pipeline: Synthesized) -> None:
    _, pull = pipeline.inline_policies("task-execution-role-t1")["pull-image"]
    account = "${data.aws_caller_identity.caller.account_id}"
    assert container(pipeline, "worker")["image"].startswith(f"{account}.dkr.ecr.us-east-1.amazonaws.com/")
    assert pull["Resource"] == [f"arn:aws:ecr:us-east-1:{account}:repository/streamflix/worker"]


def test_an_image_of_another_registry_needs_no_permission_to_pull() -> None:
    stack = synthesize_pipeline(Profile(processing=Processing(image="registry.example/worker:1")))
    assert "pull-image" not in stack.inline_policies("task-execution-role-t1")
