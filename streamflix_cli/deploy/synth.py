"""Synthesis in this process: any number of environments, one output folder each."""

import errno
import json
import os
from dataclasses import dataclass
from pathlib import Path

from lib.cdk import App, LocalBackend, TerraformStack
from lib.profile import Profile
from lib.tap_stack import TapStack
from streamflix_cli.deploy.workspace import STACK, Workspace, unusable
from streamflix_cli.errors import StreamflixError


@dataclass(frozen=True)
class Synthesis:
    """A synthesized stack.

    Attributes:
        path: The stack's JSON, Terraform's only input.
        resources: How many resources it declares.
    """

    path: Path
    resources: int


def build_stack(app: App, profile: Profile, suffix: str) -> TerraformStack:
    """Builds the pipeline's stack."""
    s3 = profile.state.backend == "s3"
    return TapStack(
        app,
        STACK,
        profile=profile,
        environment_suffix=suffix,
        state_bucket=profile.state.bucket if s3 else None,
        state_bucket_region=profile.state.region if s3 else None,
    )


def declare(app: App, workspace: Workspace, profile: Profile) -> None:
    """Adds an environment's stack to an app, with the backend that keeps its state.

    Args:
        app: The CDKTF app.
        workspace: Of the environment.
        profile: As it is to be deployed: `aws.endpoint` and `state` already say where.

    Raises:
        StreamflixError: `SYNTH_FAILED` if the profile does not make a stack.
    """
    try:
        stack = build_stack(app, profile, workspace.suffix)
    except (RuntimeError, ValueError) as error:  # what jsii makes of an exception in node; what constructs raise
        raise _failed(workspace, error) from error
    if profile.state.backend == "local":
        LocalBackend(stack, path=str(workspace.state))
    elif os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"):
        # An endpoint other than AWS's answers on one host name, not on one a bucket.
        stack.add_override("terraform.backend.s3.use_path_style", True)


def synthesize(workspace: Workspace, profile: Profile) -> Synthesis:
    """Synthesizes an environment's stack into its workspace, whose folders exist.

    Raises:
        StreamflixError: `SYNTH_FAILED`.
    """
    app = App(outdir=str(workspace.out))
    declare(app, workspace, profile)
    try:
        app.synth()
    except (RuntimeError, ValueError) as error:
        raise _failed(workspace, error) from error
    path = workspace.stack / "cdk.tf.json"
    try:
        return Synthesis(path=path, resources=_slim(path))
    except OSError as error:
        raise unusable(path, error) from error


def _slim(path: Path) -> int:
    """Takes out where each resource stands in the construct tree, and returns how many there are.

    cdktf-cli searches every line that Terraform prints for every address it finds there, to add the construct's
    path: a quarter of the time of a plan, for a word that nobody asked for.
    """
    stack = json.loads(path.read_bytes())
    declared = [
        one for kind in ("resource", "data") for of_type in stack.get(kind, {}).values() for one in of_type.values()
    ]
    for one in declared:
        one.pop("//", None)
    path.write_text(json.dumps(stack, indent=2))
    return sum(len(of_type) for of_type in stack.get("resource", {}).values())


def _failed(workspace: Workspace, error: Exception) -> StreamflixError:
    if "ENOSPC" in str(error):
        return unusable(workspace.out, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    # jsii appends node's stack trace to the message.
    lines = [line for line in str(error).strip().splitlines() if not line.lstrip().startswith("at ")]
    return StreamflixError(
        "SYNTH_FAILED",
        f"The stack of `{workspace.suffix}` could not be synthesized: "
        + "\n".join(lines[:20] or [type(error).__name__]),
        hint="Correct the profile, as the message says; `streamflix validate-config` checks it.",
    )
