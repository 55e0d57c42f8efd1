"""What a deploy says when the database could not be brought to its schema, against moto's ECS."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from streamflix_cli.deploy.lifecycle import Job
from streamflix_cli.deploy.migrate import run_migrations
from streamflix_cli.errors import StreamflixError
from streamflix_cli.profiles.selection import select
from streamflix_cli.ui.host import TerminalHost
from streamflix_cli.ui.output import Output

OUTPUTS = {
    "cluster_name": "ecs-cluster-dev",
    "migrate_task_definition_arn": "arn:aws:ecs:us-east-1:123456789012:task-definition/migrate-task-dev:1",
    "task_subnet_ids": "subnet-1",
    "task_security_group_id": "sg-1",
}


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    """An account in which nothing is deployed."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield boto3.Session(region_name="us-east-1")


def test_the_log_to_read_is_the_environments(session: boto3.Session) -> None:
    with pytest.raises(StreamflixError) as caught:
        run_migrations(session, OUTPUTS, flags="--env dev --local")
    assert caught.value.code == "MIGRATION_FAILED"
    assert "Cluster not found" in caught.value.message
    assert caught.value.hint is not None
    assert "`streamflix logs --env dev --local --task migrate`" in caught.value.hint


@pytest.mark.parametrize(
    ("endpoint", "local", "flags"),
    [
        ("aws", False, "--env dev"),
        ("aws", True, "--env dev --local"),
        ("local", False, "--env dev"),
        ("local", True, "--env dev"),
    ],
)
def test_commands_name_the_local_cloud_only_where_the_profile_does_not(
    tmp_path: Path, endpoint: str, local: bool, flags: str
) -> None:
    (tmp_path / "configs").mkdir()
    image = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/worker@sha256:{64 * '0'}"
    (tmp_path / "configs" / "dev.yaml").write_text(f"aws: {{endpoint: {endpoint}}}\nprocessing: {{image: {image}}}\n")
    host = TerminalHost(Output(as_json=True), yes=True)
    assert Job(tmp_path, select("dev", root=tmp_path), local, host).flags == flags
