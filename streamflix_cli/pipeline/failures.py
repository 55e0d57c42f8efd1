"""AWS's errors as the user sees them."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from streamflix_cli.errors import StreamflixError
from streamflix_cli.pipeline.environment import Pipeline

DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "KMS.AccessDeniedException"}
SERVER_FAULT = 500
"""HTTP statuses from here on are the service's own faults."""


def code_of(error: ClientError) -> str:
    """AWS's code of an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def said(error: BotoCoreError | ClientError) -> str:
    """What AWS says, without what botocore wraps around it."""
    if not isinstance(error, ClientError):
        return str(error)
    message = str(error.response.get("Error", {}).get("Message") or "no message").rstrip(".")
    return f"{message} ({code_of(error)} of {error.operation_name})."


def is_passing(error: BotoCoreError | ClientError) -> bool:
    """Whether the same call may well succeed a little later: the network, throttling, a fault of the service."""
    if not isinstance(error, ClientError):
        return isinstance(error, exceptions.ConnectionError | HTTPClientError)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= SERVER_FAULT or "Throttl" in code_of(error)


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
            f"Your role may not do this in `{pipeline.name}`: {said(error)}",
            hint=f"Attach {policy} to it. It lacks only the audit key, which `compliance verify-audit` reads.",
        )
    return StreamflixError(
        "AWS_FAILED",
        f"AWS did not do it: {said(error)}",
        hint=f"Try again; `streamflix status {pipeline.flags}` shows what is up.",
    )
