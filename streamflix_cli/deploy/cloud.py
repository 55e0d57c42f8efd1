"""The AWS account, or the local cloud, that an environment is deployed to."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, HTTPClientError

from streamflix_cli import local
from streamflix_cli.deploy.workspace import Target
from streamflix_cli.errors import StreamflixError

NO_CREDENTIALS_HINT = (
    "Set AWS_PROFILE (after `aws sso login`), or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
    "or use the local cloud: --local."
)


@dataclass(frozen=True)
class Cloud:
    """Where an environment is deployed to, and as whom.

    Attributes:
        target: `aws` or `local`.
        region: AWS region.
        account_id: The account that the credentials belong to.
        instance_id: Of the local cloud; None on AWS.
    """

    target: Target
    region: str
    account_id: str
    instance_id: str | None = None

    def session(self) -> boto3.Session:
        """A boto3 session in this account and region."""
        return boto3.Session(region_name=self.region)


def on_aws(region: str, *, allowed_account: str | None) -> Cloud:
    """Returns the AWS account of the present credentials.

    Raises:
        StreamflixError: `NO_CREDENTIALS`, `AWS_UNREACHABLE`, or `WRONG_ACCOUNT` if it is not `allowed_account`.
    """
    account = _account(region)
    if allowed_account is not None and account != allowed_account:
        raise StreamflixError(
            "WRONG_ACCOUNT",
            f"These credentials belong to account {account}; the profile allows {allowed_account} only.",
            hint="Choose credentials of the right account (AWS_PROFILE), or correct `aws.account_id` in the profile.",
        )
    return Cloud(target="aws", region=region, account_id=account)


def on_local_cloud(root: Path, region: str, *, say: Callable[[str], None]) -> Cloud:
    """Returns the local cloud of a project, which is started if it does not run; see `on_running_local_cloud`.

    Raises:
        StreamflixError: What starting the local cloud raises.
    """
    if local.status(root).endpoint is None:
        say("Starting the local cloud (`streamflix local down` ends it).")
    return on_running_local_cloud(local.up(root), region)


def on_running_local_cloud(running: local.LocalCloud, region: str) -> Cloud:
    """Returns a local cloud that runs. From here on this program and everything it starts see it instead of AWS.

    Raises:
        StreamflixError: `AWS_UNREACHABLE`: it has ended meanwhile.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(local.credentials_environment(running))
    return Cloud("local", region, _account(region), running.instance_id)


def _account(region: str) -> str:
    try:
        return str(boto3.Session(region_name=region).client("sts").get_caller_identity()["Account"])
    except (EndpointConnectionError, HTTPClientError) as error:
        raise StreamflixError(
            "AWS_UNREACHABLE",
            f"AWS does not answer: {error}",
            hint="Check the network, proxy settings (HTTPS_PROXY) and AWS_ENDPOINT_URL, then try again.",
        ) from error
    except ClientError as error:
        raise StreamflixError(
            "NO_CREDENTIALS", f"AWS refuses these credentials: {error}", hint=NO_CREDENTIALS_HINT
        ) from error
    except BotoCoreError as error:
        raise StreamflixError(
            "NO_CREDENTIALS", f"No usable AWS credentials: {error}", hint=NO_CREDENTIALS_HINT
        ) from error
