"""The synthesized stack as text: what it declares, and what it calls that."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from streamflix_cli.deploy.planfile import name_in

_REFERENCE = re.compile(r"\$\{(?P<address>(?:data\.)?aws_\w+\.[\w-]+)\.(?P<attribute>\w+)\}")


class Stack:
    """What a stack's JSON declares, before Terraform has read it.

    Args:
        path: The JSON.
        account_id: The account that is deployed into, which stands in the names of buckets.
    """

    def __init__(self, path: Path, *, account_id: str) -> None:
        self._path = path
        self._account_id = account_id
        self._document: dict[str, Any] = json.loads(path.read_bytes())
        self._resources: dict[str, dict[str, Any]] = {
            f"{type_}.{name}": values
            for type_, of_type in self._document.get("resource", {}).items()
            for name, values in of_type.items()
        }
        self.addresses = frozenset(self._resources)

    def of_type(self, type: str, addresses: Iterable[str]) -> list[str]:
        """Those of some addresses that are of a type."""
        return sorted(address for address in addresses if address.startswith(f"{type}."))

    def name(self, address: str) -> str | None:
        """What a resource is to be called, None if it has no name of its own."""
        name = name_in(self._resources[address])
        return None if name is None else self._resolved(name, {})

    def value(self, address: str, argument: str) -> Any:
        """An argument as it is declared."""
        return self._resources[address].get(argument)

    def text(self, address: str, argument: str, ids: Mapping[str, str]) -> str | None:
        """An argument with its references followed; None if it is not there, or depends on what is not known.

        Args:
            address: Of the resource.
            argument: Its name.
            ids: Ids of resources that exist, by address.
        """
        value = self.value(address, argument)
        return self._resolved(value, ids) if isinstance(value, str) else None

    def import_(self, ids: Mapping[str, str]) -> None:
        """Adds an `import` block for each id, by address."""
        self._document["import"] = [{"to": address, "id": ids[address]} for address in sorted(ids)]

    def keep_value(self, version: str, *, of_secret: str) -> None:
        """Makes a secret's new version repeat the value that the secret has, where it would draw another one."""
        name = version.partition(".")[2]
        ephemeral = self._document.setdefault("ephemeral", {}).setdefault("aws_secretsmanager_secret_version", {})
        ephemeral[name] = {"secret_id": of_secret}
        self._resources[version]["secret_string_wo"] = (
            f"${{ephemeral.aws_secretsmanager_secret_version.{name}.secret_string}}"
        )

    def write(self) -> None:
        """Writes the JSON, until the next synthesis."""
        self._path.write_text(json.dumps(self._document, indent=2))

    def _resolved(self, text: str, ids: Mapping[str, str]) -> str | None:
        def follow(match: re.Match[str]) -> str:
            address, attribute = match["address"], match["attribute"]
            if address.startswith("data.aws_caller_identity.") and attribute == "account_id":
                return self._account_id
            declared = self._resources.get(address, {}).get(attribute)
            if isinstance(declared, str):
                return _REFERENCE.sub(follow, declared)
            return ids.get(address, match[0]) if attribute == "id" else match[0]

        resolved = _REFERENCE.sub(follow, text)
        return None if "${" in resolved else resolved
