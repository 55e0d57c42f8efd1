"""A deployed pipeline, as the commands that use it reach it: by its stack outputs and AWS APIs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from lib.naming import Naming
from lib.profile import Profile
from streamflix_cli import local
from streamflix_cli.deploy.backend import read_backend
from streamflix_cli.deploy.cloud import on_aws, on_running_local_cloud
from streamflix_cli.deploy.workspace import Workspace
from streamflix_cli.errors import StreamflixError
from streamflix_cli.profiles.selection import Selection

READ_SECONDS = {"s3": 600}
"""Completing a large upload takes S3 minutes (S3 API reference, CompleteMultipartUpload), and is not to be repeated."""


@dataclass(frozen=True)
class Pipeline:
    """One deployed environment.

    Attributes:
        name: The environment as the user named it.
        flags: The options that name it in a command that is shown to the user.
        workspace: Its folder on this machine.
        outputs: Of its stack.
        session: In its account and region.
    """

    name: str
    flags: str
    workspace: Workspace
    outputs: Mapping[str, Any]
    session: boto3.Session
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)

    def client(self, service: str) -> Any:
        """The boto3 client of a service, made once."""
        if service not in self._clients:
            config = Config(retries={"mode": "standard"}, read_timeout=READ_SECONDS.get(service, 60))
            self._clients[service] = self.session.client(service, config=config)  # type: ignore[call-overload]
        return self._clients[service]

    def output(self, name: str) -> str:
        """An output of the stack.

        Raises:
            StreamflixError: `ENVIRONMENT_NOT_DEPLOYED`: it was deployed by an older release, without this output.
        """
        if name not in self.outputs:
            raise StreamflixError(
                "ENVIRONMENT_NOT_DEPLOYED",
                f"`{self.name}` is deployed without the output `{name}`, which this command needs.",
                hint=f"Deploy it again: `streamflix deploy {self.flags}`.",
            )
        return str(self.outputs[name])

    def check_there(self) -> None:
        """For whoever waits: a local cloud that was stopped does not come back with what it held.

        Raises:
            StreamflixError: `ENVIRONMENT_NOT_DEPLOYED`.
        """
        if self.workspace.target == "local":
            _local_cloud(self.name, self.flags, self.workspace)

    def secret(self, output: str) -> str:
        """The current value of the secret whose ARN is an output of the stack."""
        answer = self.client("secretsmanager").get_secret_value(SecretId=self.output(output))
        return str(answer["SecretString"])

    def caller(self) -> str:
        """ARN of who runs this program."""
        return str(self.client("sts").get_caller_identity()["Arn"])


def open_pipeline(root: Path, selection: Selection, *, use_local: bool) -> Pipeline:
    """Finds a deployed environment. Nothing is started or changed.

    Args:
        root: The project's folder.
        selection: The environment and its profile.
        use_local: Whether to look on the local cloud whatever the profile says.

    Raises:
        StreamflixError: `ENVIRONMENT_NOT_DEPLOYED`, and what reaching the account or reading the state raises.
    """
    profile = selection.profile
    workspace = Workspace(root, "local" if use_local else profile.aws.endpoint, selection.suffix)
    flags = f"--env {selection.name}" + (" --local" if workspace.target != profile.aws.endpoint else "")
    if workspace.target == "local":
        cloud = on_running_local_cloud(_local_cloud(selection.name, flags, workspace), profile.aws.region)
    else:
        cloud = on_aws(profile.aws.region, allowed_account=profile.aws.account_id)
    kind, settings = backend(profile, workspace)
    outputs = read_backend(kind, settings, cloud).outputs
    if not outputs:
        raise _not_deployed(selection.name, flags, workspace.target)
    return Pipeline(selection.name, flags, workspace, outputs, cloud.session())


def _local_cloud(name: str, flags: str, workspace: Workspace) -> local.LocalCloud:
    """The cloud that holds the environment. One that does not run holds nothing, and is not started to find out."""
    status = local.status(workspace.root)
    found = next((one.state for one in status.environments if one.name == workspace.suffix), None)
    if found == "gone":
        raise _not_deployed(name, flags, "local", "is gone: the local cloud that held it was stopped")
    if found is None or status.endpoint is None or status.instance_id is None:
        raise _not_deployed(name, flags, "local")
    return local.LocalCloud(endpoint=status.endpoint, instance_id=status.instance_id)


def backend(profile: Profile, workspace: Workspace) -> tuple[str, dict[str, str]]:
    """Kind and settings of the backend that keeps the environment's state; nothing needs to be synthesized here."""
    if workspace.target == "aws" and profile.state.backend == "s3" and profile.state.bucket:
        region = profile.state.region or profile.aws.region
        key = Naming(workspace.suffix).state_key
        return "s3", {"bucket": profile.state.bucket, "key": key, "region": region}
    return "local", {"path": str(workspace.state)}


def _not_deployed(name: str, flags: str, target: str, what: str | None = None) -> StreamflixError:
    where = "to the local cloud" if target == "local" else "to AWS"
    return StreamflixError(
        "ENVIRONMENT_NOT_DEPLOYED",
        f"`{name}` {what or f'is not deployed {where}'}.",
        hint=f"Deploy it: `streamflix deploy {flags}`.",
    )
