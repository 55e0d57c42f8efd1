"""Rotation of a secret that a service manages (the owner credentials of an RDS cluster).

moto takes away the value (no version is `AWSCURRENT` any more), rotates also with `RotateImmediately=false`,
and refuses `CancelRotateSecret` because there is no rotation function, so that a destroy fails.
"""

import json
import secrets
import time
from typing import Any

from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend

from streamflix_cli.local.control_plane.patch import Method, wrap

SECONDS_A_DAY = 86_400


def _managed(backend: SecretsManagerBackend, secret_id: str) -> FakeSecret | None:
    secret = backend.secrets.get(secret_id)
    is_managed = isinstance(secret, FakeSecret) and secret.owning_service and not secret.is_deleted()
    return secret if is_managed and isinstance(secret, FakeSecret) else None


def _renew(backend: SecretsManagerBackend, secret: FakeSecret, version_id: str | None) -> None:
    current = backend.get_secret_value(secret.arn, "", "AWSCURRENT")
    value = {**json.loads(current["SecretString"]), "password": secrets.token_hex(16)}
    backend._add_secret(
        secret.secret_id,
        secret_string=json.dumps(value),
        description=secret.description,
        tags=secret.tags,
        version_id=version_id,
    )
    secret.last_rotation_date = int(time.time())


def _rotate_managed(rotate: Method) -> Method:
    def rotate_secret(
        self: SecretsManagerBackend,
        secret_id: str,
        client_request_token: str | None = None,
        rotation_lambda_arn: str | None = None,
        rotation_rules: dict[str, Any] | None = None,
        rotate_immediately: bool = True,
    ) -> str:
        secret = _managed(self, secret_id)
        if secret is None or rotation_lambda_arn:
            answer: str = rotate(
                self, secret_id, client_request_token, rotation_lambda_arn, rotation_rules, rotate_immediately
            )
            return answer
        days = (rotation_rules or {}).get("AutomaticallyAfterDays", secret.auto_rotate_after_days)
        if days:
            secret.auto_rotate_after_days = days
            secret.next_rotation_date = int(time.time()) + days * SECONDS_A_DAY
        secret.rotation_requested = secret.rotation_enabled = True
        if rotate_immediately:
            _renew(self, secret, client_request_token)
        return secret.to_short_dict()

    return rotate_secret


def _cancel_managed(cancel: Method) -> Method:
    def cancel_rotate_secret(self: SecretsManagerBackend, secret_id: str) -> str:
        secret = _managed(self, secret_id)
        if secret is None:
            answer: str = cancel(self, secret_id)
            return answer
        secret.rotation_enabled = False
        return secret.to_short_dict()

    return cancel_rotate_secret


def apply() -> None:
    """Rotates a managed secret as its service would, and lets its rotation be cancelled."""
    wrap(SecretsManagerBackend, "rotate_secret", _rotate_managed)
    wrap(SecretsManagerBackend, "cancel_rotate_secret", _cancel_managed)
