"""Secrets Manager secrets, those included that RDS manages for the cluster."""

from collections.abc import Iterable
from typing import Any

from streamflix_cli.deploy.sweep.cloud import Cloud, Search
from streamflix_cli.deploy.sweep.leftover import Leftover
from streamflix_cli.deploy.sweep.probers.base import Prober, names_ending


class Secret(Prober):
    """By secret ARN. A secret that is scheduled for deletion still occupies its name: it is not gone."""

    type = "secret"
    arn = r"secretsmanager:secret:.+"
    missing = frozenset({"ResourceNotFoundException"})

    def candidates(self, search: Search) -> Iterable[Leftover]:
        secrets = search.cloud.pages("secretsmanager", "list_secrets", "SecretList", IncludePlannedDeletion=True)
        return self.named(secret["ARN"] for secret in secrets if _belongs(search, secret))

    def state(self, cloud: Cloud, id: str) -> str | None:
        answer = self.ask(cloud.client("secretsmanager").describe_secret, SecretId=id)
        if answer is None:
            return None
        return f"{answer['Name']}, scheduled for deletion" if answer.get("DeletedDate") else str(answer["Name"])

    def delete(self, cloud: Cloud, id: str) -> None:
        self.ask(cloud.client("secretsmanager").delete_secret, SecretId=id, ForceDeleteWithoutRecovery=True)


def _belongs(search: Search, secret: dict[str, Any]) -> bool:
    naming = search.naming
    tags = {tag["Key"]: tag["Value"] for tag in secret.get("Tags", [])}
    if tags.get("aws:rds:primaryDBClusterArn", "").endswith(f":cluster:{naming.of('aurora-cluster')}"):
        return True
    if secret["Name"] in names_ending(naming, "-secret", "-key"):
        return True
    # The name of an API key may hold hyphens, so that only the tags tell `eu-dev` from `dev`.
    name = str(secret["Name"])
    return name.startswith("api-key-") and name.endswith(f"-{naming.suffix}") and search.owns(secret.get("Tags", []))
