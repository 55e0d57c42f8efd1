"""The worker understands what the stack tells it."""

import json

import pytest
from pydantic import ValidationError

from lib.profile import Environment, Notifications, Processing, Profile, Webhook
from lib.worker.settings import MigrationSettings, Settings
from tests.unit.lib.synthesis import Synthesized, synthesize_pipeline

URL = "https://catalogue.example/videos"


@pytest.fixture(scope="module")
def stack() -> Synthesized:
    return synthesize_pipeline(
        Profile(
            environment=Environment(ephemeral=False),
            processing=Processing(lease_seconds=45, max_attempts=7),
            notifications=Notifications(webhooks=(Webhook(url=URL, api_key="webhook-signing"),)),
        )
    )


def variables(stack: Synthesized, task: str) -> dict[str, str]:
    """What ECS gives to the task; a secret's value is its name."""
    (container,) = json.loads(stack.one("aws_ecs_task_definition", family=f"{task}-t1")["container_definitions"])
    plain = {variable["name"]: variable["value"] for variable in container["environment"]}
    return plain | {secret["name"]: secret["name"].lower() for secret in container["secrets"]}


@pytest.mark.parametrize("task", ["worker", "housekeep"])
def test_the_deployed_variables_are_all_that_a_task_needs(stack: Synthesized, task: str) -> None:
    settings = Settings.model_validate(variables(stack, task))
    assert settings.processing.lease_seconds == 45
    assert settings.processing.max_attempts == 7
    assert settings.processing.ladder == Processing().ladder
    assert settings.compliance.loudness_lufs == -23
    (receiver,) = settings.notifications.webhooks
    key = stack.address("aws_secretsmanager_secret", name="api-key-webhook-signing-t1")
    assert (receiver.url, receiver.key_arn) == (URL, f"${{{key}.arn}}")
    assert settings.evidence_bucket
    assert settings.audit_key.get_secret_value() == "audit_key"


def test_the_migrations_know_no_key(stack: Synthesized) -> None:
    deployed = variables(stack, "migrate")
    settings = MigrationSettings.model_validate(deployed)
    assert settings.database(settings.owner_secret_arn).secret_arn == deployed["OWNER_SECRET_ARN"]
    with pytest.raises(ValidationError):
        Settings.model_validate(deployed)


def test_no_secret_shows(stack: Synthesized) -> None:
    deployed = variables(stack, "worker") | {"AUDIT_KEY": "hush", "DATABASE_PORT": "hush"}
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate(deployed)
    assert "hush" not in str(caught.value)
    assert "hush" not in repr(Settings.model_validate(deployed | {"DATABASE_PORT": "5432"}))
