"""The environment of a container: plain variables, overrides, and secrets read from Secrets Manager."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from streamflix_cli.local.part import Client

FIXED_PARTS = 7
"""Of a secret's ARN, between colons; `json-key:version-stage:version-id` may follow."""


class ResourceInitializationError(Exception):
    """A task cannot start, for a reason that ECS names so."""


def resolve(
    container: Mapping[str, Any], overrides: Mapping[str, Any], secrets_manager: Callable[[str], Client]
) -> dict[str, str]:
    """The variables of a container as ECS resolves them.

    Args:
        container: A container definition.
        overrides: RunTask's overrides of that container.
        secrets_manager: Makes a client for a region.

    Raises:
        ResourceInitializationError: A secret, its version or its key is not there.
    """
    environment = {item["name"]: item["value"] for item in container.get("environment", ())}
    for secret in container.get("secrets", ()):
        environment[secret["name"]] = _secret(secret["valueFrom"], secrets_manager)
    environment.update({item["name"]: item["value"] for item in overrides.get("environment", ())})
    return environment


def _secret(value_from: str, secrets_manager: Callable[[str], Client]) -> str:
    # ECS's words for each failure, from its troubleshooting guide: TaskFailedToStart, ResourceInitializationError.
    failed = "unable to pull secrets or registry auth: execution resource retrieval failed:"
    parts = value_from.split(":")
    if len(parts) < FIXED_PARTS or parts[2] != "secretsmanager":
        raise ResourceInitializationError(f"{failed} only ARNs of Secrets Manager are read here, not {value_from}")
    arn = ":".join(parts[:FIXED_PARTS])
    key, stage, version = (*parts[FIXED_PARTS:], "", "", "")[:3]
    failed += " unable to retrieve secret from asm: service call has been retried 1 time(s):"
    selected = {"VersionStage": stage, "VersionId": version}
    try:
        answer = secrets_manager(parts[3]).get_secret_value(
            SecretId=arn, **{name: value for name, value in selected.items() if value}
        )
    except ClientError as error:
        raise ResourceInitializationError(
            f"{failed} failed to fetch secret {arn} from secrets manager: {error}"
        ) from error
    value: str = answer.get("SecretString", "")
    if not key:
        return value
    try:
        found = json.loads(value)[key]
    except (ValueError, LookupError, TypeError):
        # Without its cause, which quotes the secret.
        raise ResourceInitializationError(
            f"{failed} retrieved secret from Secrets Manager did not contain json key {key}"
        ) from None
    return found if isinstance(found, str) else json.dumps(found)
