"""KMS keys and aliases."""

from collections.abc import Iterable

from streamflix_cli.deploy.sweep.cloud import Cloud, Search
from streamflix_cli.deploy.sweep.leftover import Leftover
from streamflix_cli.deploy.sweep.probers.base import Prober

_PENDING_DELETION = {"PendingDeletion", "PendingReplicaDeletion"}


def _alias(search: Search) -> str:
    return f"alias/{search.naming.of('kms-key')}"


class KmsKey(Prober):
    """A key has no name of its own: by its alias, else by its tags. Pending deletion is gone."""

    type = "kms_key"
    arn = r"kms:key/(?P<id>.+)"
    missing = frozenset({"NotFoundException"})

    def candidates(self, search: Search) -> Iterable[Leftover]:
        answer = self.ask(search.cloud.client("kms").describe_key, KeyId=_alias(search))
        return [] if answer is None else self.named([answer["KeyMetadata"]["KeyId"]])

    def state(self, cloud: Cloud, id: str) -> str | None:
        answer = self.ask(cloud.client("kms").describe_key, KeyId=id)
        if answer is None or answer["KeyMetadata"]["KeyState"] in _PENDING_DELETION:
            return None
        return str(answer["KeyMetadata"]["KeyState"])

    def delete(self, cloud: Cloud, id: str) -> None:
        if self.state(cloud, id) is not None:
            cloud.client("kms").schedule_key_deletion(KeyId=id, PendingWindowInDays=7)


class KmsAlias(Prober):
    """By alias name."""

    type = "kms_alias"
    arn = r"kms:(?P<id>alias/.+)"
    missing = frozenset({"NotFoundException"})

    def candidates(self, search: Search) -> Iterable[Leftover]:
        return self.named([_alias(search)])

    def state(self, cloud: Cloud, id: str) -> str | None:
        aliases = cloud.pages("kms", "list_aliases", "Aliases")
        found = next((alias for alias in aliases if alias["AliasName"] == id), None)
        return None if found is None else f"of key {found.get('TargetKeyId', 'unknown')}"

    def delete(self, cloud: Cloud, id: str) -> None:
        self.ask(cloud.client("kms").delete_alias, AliasName=id)
