"""Where the synthesized stack keeps its state, and reading it there."""

import json
from pathlib import Path

from botocore.exceptions import ClientError

from streamflix_cli.deploy.cloud import Cloud
from streamflix_cli.deploy.state import State, parse_state
from streamflix_cli.errors import StreamflixError


def read_state(stack_json: Path, cloud: Cloud) -> State:
    """Returns what is deployed, straight from the backend that the stack's JSON names.

    Raises:
        StreamflixError: `STATE_CORRUPT`, or `STATE_BUCKET_MISSING` if the bucket cannot be read.
    """
    ((kind, settings),) = json.loads(stack_json.read_bytes())["terraform"]["backend"].items()
    return read_backend(kind, settings, cloud)


def read_backend(kind: str, settings: dict[str, str], cloud: Cloud) -> State:
    """Returns what a backend holds, given as the stack's JSON names it: its kind, `local` or `s3`, and its settings.

    Raises:
        StreamflixError: As `read_state`.
    """
    where = settings["path"] if kind == "local" else f"s3://{settings['bucket']}/{settings['key']}"
    document = _file(Path(settings["path"])) if kind == "local" else _object(cloud, settings)
    try:
        return parse_state(document)
    except (ValueError, KeyError, TypeError) as error:
        raise StreamflixError(
            "STATE_CORRUPT",
            f"{where} is not a whole Terraform state: {error}.",
            hint="Restore its last good version (a versioned bucket keeps them); nothing was changed.",
        ) from error


def _file(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _object(cloud: Cloud, settings: dict[str, str]) -> bytes:
    client = cloud.session().client("s3", region_name=settings["region"])
    try:
        return bytes(client.get_object(Bucket=settings["bucket"], Key=settings["key"])["Body"].read())
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "404"):
            return b""
        raise StreamflixError(
            "STATE_BUCKET_MISSING",
            f"The state in s3://{settings['bucket']}/{settings['key']} cannot be read: {error}",
            hint="Check `state.bucket` in the profile and the credentials' permissions on it.",
        ) from error
