from typing import Any
from uuid import uuid4


def test_a_secret_is_read_as_the_version_that_was_made_current(clients: Any) -> None:
    secrets = clients("secretsmanager")
    first = secrets.create_secret(Name="rotated", SecretString="first")
    arn, token = first["ARN"], str(uuid4())
    secrets.put_secret_value(
        SecretId=arn, ClientRequestToken=token, SecretString="second", VersionStages=["AWSPENDING"]
    )
    assert secrets.get_secret_value(SecretId=arn)["SecretString"] == "first"
    secrets.update_secret_version_stage(
        SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=first["VersionId"]
    )
    assert secrets.get_secret_value(SecretId=arn)["SecretString"] == "second"
    assert secrets.get_secret_value(SecretId=arn, VersionStage="AWSPREVIOUS")["SecretString"] == "first"
