import json
from typing import Any, NamedTuple

import pytest


class Managed(NamedTuple):
    """The owner secret of a cluster, as RDS makes it."""

    secrets: Any
    arn: str

    def value(self) -> dict[str, str]:
        value: dict[str, str] = json.loads(self.secrets.get_secret_value(SecretId=self.arn)["SecretString"])
        return value


@pytest.fixture
def managed(clients: Any, request: pytest.FixtureRequest) -> Managed:
    rds = clients("rds")
    cluster = rds.create_db_cluster(
        DBClusterIdentifier=f"c{abs(hash(request.node.name))}",
        Engine="aurora-postgresql",
        MasterUsername="owner",
        ManageMasterUserPassword=True,
    )["DBCluster"]
    return Managed(clients("secretsmanager"), cluster["MasterUserSecret"]["SecretArn"])


def test_a_schedule_alone_leaves_the_value_and_its_version(managed: Managed) -> None:
    before = managed.secrets.get_secret_value(SecretId=managed.arn)
    managed.secrets.rotate_secret(
        SecretId=managed.arn, RotateImmediately=False, RotationRules={"AutomaticallyAfterDays": 30}
    )
    after = managed.secrets.get_secret_value(SecretId=managed.arn)
    assert (after["VersionId"], after["VersionStages"]) == (before["VersionId"], ["AWSCURRENT"])
    description = managed.secrets.describe_secret(SecretId=managed.arn)
    assert description["RotationEnabled"]
    assert description["RotationRules"] == {"AutomaticallyAfterDays": 30}


def test_rotating_at_once_gives_a_new_current_password(managed: Managed) -> None:
    before = managed.value()
    managed.secrets.rotate_secret(SecretId=managed.arn)
    after = managed.value()
    assert after["username"] == before["username"]
    assert after["password"] != before["password"]
    previous = managed.secrets.get_secret_value(SecretId=managed.arn, VersionStage="AWSPREVIOUS")
    assert json.loads(previous["SecretString"]) == before


def test_its_rotation_can_be_cancelled(managed: Managed) -> None:
    managed.secrets.rotate_secret(SecretId=managed.arn, RotationRules={"AutomaticallyAfterDays": 30})
    managed.secrets.cancel_rotate_secret(SecretId=managed.arn)
    assert not managed.secrets.describe_secret(SecretId=managed.arn)["RotationEnabled"]
