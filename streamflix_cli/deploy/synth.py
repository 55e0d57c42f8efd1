"""Synthesis in this process: any number of environments, one output folder each."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from lib.cdk import App, LocalBackend, TerraformStack
from lib.profile import Profile
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
    from lib.tap_stack import TapStack  # noqa: PLC0415

    s3 = profile.state.backend == "s3"
    return TapStack(
        app,
        STACK,
        profile=profile,
        environment_suffix=suffix,
        state_bucket=profile.state.bucket if s3 else None,
        state_bucket_region=profile.state.region if s3 else None,
    )


def synthesize(workspace: Workspace, profile: Profile) -> Synthesis:
    """Synthesizes an environment's stack into its workspace.

    Args:
        workspace: Of the environment; its folders exist.
        profile: As it is to be deployed: `aws.endpoint` and `state` already say where.

    Raises:
        StreamflixError: `SYNTH_FAILED`, `WORKSPACE_UNUSABLE`.
    """
    app = App(outdir=str(workspace.out))
    try:
        stack = build_stack(app, profile, workspace.suffix)
        if profile.state.backend == "local":
            LocalBackend(stack, path=str(workspace.state))
        elif os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"):
            # An endpoint other than AWS's answers on one host name, not on one a bucket.
            stack.add_override("terraform.backend.s3.use_path_style", True)
        app.synth()
    except OSError as error:
        raise unusable(workspace.out, error) from error
    except (RuntimeError, ValueError) as error:  # what jsii makes of an exception in node; what constructs raise
        raise StreamflixError(
            "SYNTH_FAILED",
            f"The stack of `{workspace.suffix}` could not be synthesized: {_first_lines(error)}",
            hint="Correct the profile, as the message says; `streamflix validate-config` checks it.",
        ) from error
    path = workspace.stack / "cdk.tf.json"
    declared = json.loads(path.read_bytes()).get("resource", {})
    return Synthesis(path=path, resources=sum(len(of_type) for of_type in declared.values()))


def _first_lines(error: Exception) -> str:
    """jsii appends node's stack trace to the message."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return "\n".join(line for line in lines[:20] if not line.lstrip().startswith("at "))
