"""Commands of a running pipeline on a local cloud that comes to its end: nothing is started, nobody waits for ever."""

import shutil
from unittest.mock import patch

import pytest

from streamflix_cli import local
from streamflix_cli.local import EnvironmentStatus, LocalStatus
from tests.integration.pipeline.conftest import Environment


def status(environment: Environment, *, gone: bool = False) -> LocalStatus:
    return LocalStatus(
        endpoint=None if gone else environment.shared.databases.endpoint,
        instance_id=None if gone else "1",
        parts=(),
        environments=(EnvironmentStatus(name=environment.name, state="gone" if gone else "deployed"),),
    )


@pytest.fixture
def on_local(environment: Environment) -> Environment:
    """Deployed to a local cloud, so far as its files tell."""
    folder = environment.root / ".streamflix"
    shutil.copytree(folder / "aws", folder / "local")
    return environment


def test_a_cloud_that_is_being_stopped_is_not_started_again(on_local: Environment) -> None:
    with patch.object(local, "status", return_value=status(on_local)), patch.object(local, "up") as started:
        done = on_local.streamflix("jobs", "list", "--local", "--json")
    assert done.code == 0, done.out + done.err
    started.assert_not_called()


def test_who_waits_for_a_job_is_told_that_the_cloud_was_stopped(on_local: Environment) -> None:
    rds, cluster = on_local.client("rds"), on_local.shared.cluster["DBClusterIdentifier"]
    (on_local.root / "film.mp4").write_bytes(b"x")
    rds.modify_db_cluster(DBClusterIdentifier=cluster, EnableHttpEndpoint=False, ApplyImmediately=True)
    told = [status(on_local), status(on_local, gone=True)]
    try:
        with patch.object(local, "status", side_effect=told):
            done = on_local.streamflix("ingest", "film.mp4", "--wait", "--local", "--json")
    finally:
        rds.modify_db_cluster(DBClusterIdentifier=cluster, EnableHttpEndpoint=True, ApplyImmediately=True)
    assert done.code == 1
    assert done.envelope["error"]["code"] == "ENVIRONMENT_NOT_DEPLOYED"
    assert "the local cloud that held it was stopped" in done.envelope["error"]["message"]
