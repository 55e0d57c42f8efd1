"""Where the state is kept, and what guards it."""

import json
from datetime import UTC, datetime
from pathlib import Path

from streamflix_cli.deploy.lock import environment_lock
from streamflix_cli.deploy.workspace import Workspace
from tests.integration.deploy.conftest import PROFILE, Clients, Project, existing

BUCKET = "streamflix-state"
KEY = "streamflix/tstate/terraform.tfstate"
IN_S3 = f'{PROFILE}state: {{backend: s3, bucket: "{BUCKET}"}}\n'


def test_state_in_s3_is_locked_there_and_a_run_is_told_by_whom(project: Project, aws: Clients) -> None:
    project.profile("t", IN_S3)
    missing = project.streamflix("deploy", "--env", "tstate", "--yes", "--json")
    assert (missing.code, missing.error["code"]) == (1, "STATE_BUCKET_MISSING")

    s3 = aws("s3")
    s3.create_bucket(Bucket=BUCKET)
    deployed = project.streamflix("deploy", "--env", "tstate", "--yes", "--json")
    assert deployed.code == 0, deployed.err
    assert deployed.data["resources"] == 4
    assert "Contents" in s3.list_objects_v2(Bucket=BUCKET, Prefix=KEY)
    assert not (project.workspace("tstate") / "terraform.tfstate").exists()

    lock = {
        "ID": "4d3f",
        "Operation": "OperationTypeApply",
        "Info": "",
        "Who": "maria@laptop",
        "Version": "1.11.4",
        "Created": datetime.now(UTC).isoformat(),
        "Path": f"{BUCKET}/{KEY}",
    }
    s3.put_object(Bucket=BUCKET, Key=f"{KEY}.tflock", Body=json.dumps(lock).encode())
    locked = project.streamflix("plan", "--env", "tstate", "--json")
    assert (locked.code, locked.error["code"]) == (1, "STATE_LOCKED")
    assert "maria@laptop" in locked.error["hint"]
    assert "`streamflix unlock`" in locked.error["hint"]

    s3.delete_object(Bucket=BUCKET, Key=f"{KEY}.tflock")
    destroyed = project.streamflix("destroy", "--env", "tstate", "--yes", "--json")
    assert destroyed.code == 0, destroyed.err
    assert destroyed.data["destroyed"] == 4
    assert existing(aws, "tstate") == set()
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])] == [KEY]


def test_a_second_run_on_the_same_environment_is_told_who_holds_it_and_since_when(project: Project) -> None:
    workspace = Workspace(project.root, "aws", "tlock")
    workspace.prepare()
    with environment_lock(workspace):
        locked = project.streamflix("deploy", "--env", "tlock", "--yes", "--json")
    assert (locked.code, locked.error["code"]) == (1, "ENVIRONMENT_LOCKED")
    assert "since 20" in locked.error["message"]


def test_a_half_written_state_is_refused_and_left_as_it_is(project: Project) -> None:
    state: Path = project.workspace("thalf") / "terraform.tfstate"
    state.parent.mkdir(parents=True)
    state.write_text('{"version": 4, "resour')
    refused = project.streamflix("deploy", "--env", "thalf", "--yes", "--json")
    assert (refused.code, refused.error["code"]) == (1, "STATE_CORRUPT")
    assert state.read_text() == '{"version": 4, "resour'
