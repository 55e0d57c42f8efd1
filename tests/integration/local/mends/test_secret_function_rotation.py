import io
import json
import zipfile
from typing import Any

import pytest


@pytest.fixture
def function_arn(clients: Any, request: pytest.FixtureRequest) -> str:
    role = f"rotation-{abs(hash(request.node.name))}"
    arn = clients("iam").create_role(
        RoleName=role, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []})
    )["Role"]["Arn"]
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): ...\n")
    function = clients("lambda").create_function(
        FunctionName=role, Role=arn, Runtime="python3.12", Handler="main.handler", Code={"ZipFile": package.getvalue()}
    )
    return str(function["FunctionArn"])


def test_a_test_of_the_function_leaves_no_pending_version(clients: Any, function_arn: str) -> None:
    secrets = clients("secretsmanager")
    arn = secrets.create_secret(Name=f"s-{abs(hash(function_arn))}", SecretString="first")["ARN"]
    secrets.rotate_secret(
        SecretId=arn,
        RotationLambdaARN=function_arn,
        RotateImmediately=False,
        RotationRules={"AutomaticallyAfterDays": 30},
    )
    (stages,) = secrets.describe_secret(SecretId=arn)["VersionIdsToStages"].values()
    assert stages == ["AWSCURRENT"]
    assert secrets.get_secret_value(SecretId=arn)["SecretString"] == "first"


def test_a_function_that_changes_nothing_leaves_the_value_current(clients: Any, function_arn: str) -> None:
    secrets = clients("secretsmanager")
    arn = secrets.create_secret(Name=f"s-{abs(hash(function_arn))}", SecretString="first")["ARN"]
    secrets.rotate_secret(SecretId=arn, RotationLambdaARN=function_arn)
    assert secrets.get_secret_value(SecretId=arn)["SecretString"] == "first"
