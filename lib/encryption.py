"""The environment's one customer-managed key, and who may use it."""

from lib.cdk import Construct, KmsAlias, KmsKey
from lib.iam import ServiceRole, Statement
from lib.naming import Naming
from lib.place import Place
from lib.tags import data_class


class Encryption(Construct):
    """A KMS key with yearly rotation, its alias and its key policy.

    Args:
        naming: Names of the environment.
        place: Account and region.
    """

    def __init__(self, scope: Construct, id: str, *, naming: Naming, place: Place) -> None:
        super().__init__(scope, id)
        self._place = place
        name = naming.of("kms-key")
        self._key = KmsKey(
            self,
            "key",
            description=f"Encrypts everything of the environment {naming.suffix}",
            enable_key_rotation=True,
            deletion_window_in_days=7,
            tags=data_class("internal", {"Name": name}),
        )
        self._alias = KmsAlias(self, "alias", name=f"alias/{name}", target_key_id=self._key.key_id)

    @property
    def key_arn(self) -> str:
        """ARN of the key."""
        return str(self._key.arn)

    @property
    def alias_arn(self) -> str:
        """ARN of the key's alias."""
        return str(self._alias.arn)

    def statement_decrypt(self, *via: str) -> Statement:
        """Permission to read what the key encrypts.

        Args:
            via: Services through which alone the key may be used, as `sqs`; none means from anywhere.
        """
        return self._statement(("kms:Decrypt",), via)

    def statement_encrypt(self, *via: str) -> Statement:
        """Permission to write what the key encrypts (services that reuse data keys decrypt them to write).

        Args:
            via: Services through which alone the key may be used, as `sqs`; none means from anywhere.
        """
        return self._statement(("kms:Decrypt", "kms:GenerateDataKey"), via)

    def grant_decrypt(self, role: ServiceRole, *via: str) -> None:
        """Lets a role read what the key encrypts."""
        role.allow("decrypt", self.statement_decrypt(*via))

    def grant_encrypt(self, role: ServiceRole, *via: str) -> None:
        """Lets a role write what the key encrypts."""
        role.allow("encrypt", self.statement_encrypt(*via))

    def _statement(self, actions: tuple[str, ...], via: tuple[str, ...]) -> Statement:
        services = [f"{service}.{self._place.region}.amazonaws.com" for service in via]
        conditions = {"StringEquals": {"kms:ViaService": services}} if services else {}
        return Statement(actions, [self.key_arn], conditions)
