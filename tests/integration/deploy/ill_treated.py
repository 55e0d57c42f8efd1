"""The small stack's environments, to be killed at."""

from typing import Any, Literal

import boto3
from botocore.exceptions import ClientError

from lib.naming import Naming
from streamflix_cli.deploy.adoption import unknown
from streamflix_cli.deploy.state import parse_state
from streamflix_cli.deploy.sweep import find_leftovers
from tests.finished import Finished
from tests.integration.deploy.conftest import ACCOUNT, PROFILE, REGION, Project
from tests.integration.deploy.kills import Environment
from tests.integration.deploy.small_stack import WIDE

BUCKET = "killed-state"


def small_environment(
    project: Project, suffix: str, *, endpoint: str, backend: Literal["local", "s3"], wide: bool = False
) -> Environment:
    """An environment of the small stack, or of the wide one.

    Args:
        project: Its folder.
        suffix: The environment suffix.
        endpoint: Of the control plane.
        backend: Where its state is kept.
        wide: Whether it has a network, a key and a secret as well.
    """
    session = boto3.Session("x", "x", region_name=REGION)
    s3: Any = session.client("s3", endpoint_url=endpoint)
    profile = PROFILE.replace("{ephemeral: true}", WIDE) if wide else PROFILE
    if backend == "s3":
        s3.create_bucket(Bucket=BUCKET)
        profile = f'{profile}state: {{backend: s3, bucket: "{BUCKET}"}}\n'
    project.profile("t", profile)

    def state() -> bytes:
        if backend == "local":
            path = project.workspace(suffix) / "terraform.tfstate"
            return path.read_bytes() if path.exists() else b""
        try:
            found: bytes = s3.get_object(Bucket=BUCKET, Key=Naming(suffix).state_key)["Body"].read()
        except ClientError:
            return b""
        return found

    def beyond() -> list[str]:
        found = find_leftovers(
            session, naming=Naming(suffix), account_id=ACCOUNT, region=REGION, endpoint=endpoint, settle_seconds=0
        )
        return [f"{one.type} {one.id}" for one in unknown(found, parse_state(state()))]

    def run(command: str, *options: str) -> Finished:
        agreed = () if command == "plan" else ("--yes",)
        return project.streamflix(command, "--env", suffix, *agreed, *options, "--json")

    return Environment(
        start=lambda command: project.start(command, "--env", suffix, "--yes", "--json").process,
        run=run,
        unknown=beyond,
    )
