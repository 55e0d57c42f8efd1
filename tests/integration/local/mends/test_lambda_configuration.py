import io
import json
import zipfile
from typing import Any

import pytest

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:dead"


@pytest.fixture
def function(clients: Any, request: pytest.FixtureRequest) -> dict[str, Any]:
    """Arguments of CreateFunction."""
    name = f"f{abs(hash(request.node.name))}"
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = clients("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): ...\n")
    code = {"ZipFile": package.getvalue()}
    return {"FunctionName": name, "Role": role, "Runtime": "python3.12", "Handler": "main.handler", "Code": code}


def test_the_dead_letter_queue_of_a_function_is_kept(clients: Any, function: dict[str, Any]) -> None:
    functions, name = clients("lambda"), function["FunctionName"]
    functions.create_function(**function, DeadLetterConfig={"TargetArn": QUEUE})
    assert functions.get_function_configuration(FunctionName=name)["DeadLetterConfig"] == {"TargetArn": QUEUE}
    functions.update_function_configuration(FunctionName=name, DeadLetterConfig={"TargetArn": f"{QUEUE}-2"})
    configuration = functions.get_function(FunctionName=name)["Configuration"]
    assert configuration["DeadLetterConfig"] == {"TargetArn": f"{QUEUE}-2"}


def test_the_log_of_a_function_is_kept(clients: Any, function: dict[str, Any]) -> None:
    functions, name = clients("lambda"), function["FunctionName"]
    functions.create_function(**function, LoggingConfig={"LogFormat": "JSON", "LogGroup": "/mine"})
    configuration = functions.get_function_configuration(FunctionName=name)
    assert configuration["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": "/mine"}


def test_a_function_logs_text_to_a_group_of_its_name(clients: Any, function: dict[str, Any]) -> None:
    functions, name = clients("lambda"), function["FunctionName"]
    functions.create_function(**function)
    configuration = functions.get_function_configuration(FunctionName=name)
    assert configuration["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"}
