"""The synthesized stack tells its names, and takes import blocks."""

import json
from pathlib import Path

import pytest

from lib.profile import Profile
from streamflix_cli.deploy.adoption.stack import Stack
from streamflix_cli.deploy.adoption.types import TERRAFORM_TYPES
from tests.unit.lib.synthesis import synthesize_pipeline

ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("stack") / "cdk.tf.json"
    written.write_text(json.dumps(synthesize_pipeline(Profile(), suffix="dev").document))
    return written


@pytest.fixture
def stack(path: Path) -> Stack:
    return Stack(path, account_id=ACCOUNT)


def test_whatever_can_be_adopted_has_a_name_of_its_own(stack: Stack) -> None:
    adoptable = [one for type_ in TERRAFORM_TYPES.values() for one in stack.of_type(type_, stack.addresses)]
    named = {address: stack.name(address) for address in adoptable}
    assert [address for address, name in named.items() if name is None] == []
    assert len({(address.partition(".")[0], name) for address, name in named.items()}) == len(adoptable)
    assert f"raw-bucket-dev-{ACCOUNT}" in named.values()
    assert "service/ecs-cluster-dev/worker-service-dev" in named.values()
    assert "tasks-security-group-dev" in named.values()
    assert named[stack.of_type("aws_rds_cluster_instance", named)[0]] == "aurora-instance-1-dev"


def test_references_are_followed_to_what_exists(stack: Stack) -> None:
    route = stack.of_type("aws_route", stack.addresses)[0]
    assert stack.text(route, "route_table_id", {}) is None
    ids = {address: f"rtb-{address}" for address in stack.of_type("aws_route_table", stack.addresses)}
    assert stack.text(route, "route_table_id", ids) in ids.values()
    (permission,) = stack.of_type("aws_lambda_permission", stack.addresses)
    assert stack.text(permission, "function_name", {}) == "rotation-function-dev"
    assert stack.text(permission, "no_such_argument", {}) is None


def test_imports_and_kept_values_stand_in_the_json(stack: Stack, path: Path) -> None:
    before = path.read_text()
    version = stack.of_type("aws_secretsmanager_secret_version", stack.addresses)[0]
    stack.import_({"aws_sqs_queue.jobs": "https://queue"})
    stack.keep_value(version, of_secret="arn:secret")
    stack.write()
    document = json.loads(path.read_text())
    path.write_text(before)
    assert document["import"] == [{"to": "aws_sqs_queue.jobs", "id": "https://queue"}]
    name = version.partition(".")[2]
    assert document["ephemeral"]["aws_secretsmanager_secret_version"][name] == {"secret_id": "arn:secret"}
    value = document["resource"]["aws_secretsmanager_secret_version"][name]["secret_string_wo"]
    assert value == f"${{ephemeral.aws_secretsmanager_secret_version.{name}.secret_string}}"
    assert len(document["ephemeral"]["aws_secretsmanager_random_password"]) > 1, "the others are drawn as ever"
