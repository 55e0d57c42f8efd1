"""UpdateSecretVersionStage moves AWSCURRENT; read without a stage, moto's secret stays the version it was.

A rotation function ends with that call: without it whoever reads the secret never sees the new password.
"""

from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend

from streamflix_cli.local.control_plane.patch import Method, wrap


def _follow_current(update: Method) -> Method:
    def update_secret_version_stage(
        self: SecretsManagerBackend,
        secret_id: str,
        version_stage: str,
        remove_from_version_id: str,
        move_to_version_id: str,
    ) -> tuple[str, str]:
        answer: tuple[str, str] = update(self, secret_id, version_stage, remove_from_version_id, move_to_version_id)
        secret = self.secrets[secret_id]
        if version_stage == "AWSCURRENT" and move_to_version_id and isinstance(secret, FakeSecret):
            secret.set_default_version_id(move_to_version_id)
        return answer

    return update_secret_version_stage


def apply() -> None:
    """What is read without a stage is the version that AWSCURRENT is attached to."""
    wrap(SecretsManagerBackend, "update_secret_version_stage", _follow_current)
