"""Rotation by a Lambda function: moto changes the versions although the function changed nothing.

With `RotateImmediately=false` Secrets Manager only tests the function and removes the version it made for
that; moto leaves it behind as `AWSPENDING`. Otherwise moto makes the new version the default one before it
has a value, so that the secret can no longer be read without naming a stage.
"""

from typing import Any

from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend

from streamflix_cli.local.control_plane.patch import Method, wrap


def _keep_current(rotate: Method) -> Method:
    def rotate_secret(
        self: SecretsManagerBackend,
        secret_id: str,
        client_request_token: str | None = None,
        rotation_lambda_arn: str | None = None,
        rotation_rules: dict[str, Any] | None = None,
        rotate_immediately: bool = True,
    ) -> str:
        secret = self.secrets.get(secret_id)
        before = set(secret.versions) if secret else set()
        answer: str = rotate(
            self, secret_id, client_request_token, rotation_lambda_arn, rotation_rules, rotate_immediately
        )
        if not rotation_lambda_arn or not isinstance(secret, FakeSecret):
            return answer
        if not rotate_immediately:
            for version_id in set(secret.versions) - before:
                del secret.versions[version_id]
        current = (key for key, version in secret.versions.items() if "AWSCURRENT" in version["version_stages"])
        secret.set_default_version_id(next(current, None))
        return answer

    return rotate_secret


def apply() -> None:
    """The current version stays what its stages say."""
    wrap(SecretsManagerBackend, "rotate_secret", _keep_current)
