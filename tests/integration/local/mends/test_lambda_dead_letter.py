import io
import json
import zipfile
from typing import Any

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:dead"


def test_the_dead_letter_queue_of_a_function_is_kept(clients: Any) -> None:
    role = clients("iam").create_role(
        RoleName="dead-letter", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []})
    )["Role"]["Arn"]
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): ...\n")
    functions = clients("lambda")
    functions.create_function(
        FunctionName="dead-letter",
        Role=role,
        Runtime="python3.12",
        Handler="main.handler",
        Code={"ZipFile": package.getvalue()},
        DeadLetterConfig={"TargetArn": QUEUE},
    )
    assert functions.get_function_configuration(FunctionName="dead-letter")["DeadLetterConfig"] == {"TargetArn": QUEUE}
    functions.update_function_configuration(FunctionName="dead-letter", DeadLetterConfig={"TargetArn": f"{QUEUE}-2"})
    configuration = functions.get_function(FunctionName="dead-letter")["Configuration"]
    assert configuration["DeadLetterConfig"] == {"TargetArn": f"{QUEUE}-2"}
