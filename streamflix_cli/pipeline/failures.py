"""AWS's errors as the user sees them."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from streamflix_cli.errors import StreamflixError
from streamflix_cli.pipeline.environment import Pipeline

DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "KMS.AccessDeniedException"}


def code_of(error: ClientError) -> str:
    """AWS's code of an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def explained(pipeline: Pipeline) -> Iterator[None]:
    """Turns what AWS refuses into an error with a next step.

    Raises:
        StreamflixError: `ACCESS_DENIED` or `AWS_FAILED`.
    """
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise explain(pipeline, error) from error


def explain(pipeline: Pipeline, error: BotoCoreError | ClientError) -> StreamflixError:
    """The error for the user."""
    if isinstance(error, ClientError) and code_of(error) in DENIED:
        policy = pipeline.outputs.get("operator_policy_arn", "the environment's operator policy")
        return StreamflixError(
            "ACCESS_DENIED",
            f"Your role may not do this in `{pipeline.name}`: {error}",
            hint=f"Attach {policy} to it. It lacks only the audit key, which `compliance verify-audit` reads.",
        )
    return StreamflixError(
        "AWS_FAILED",
        f"AWS did not do it: {error}",
        hint=f"Try again; `streamflix status {pipeline.flags}` shows what is up.",
    )
