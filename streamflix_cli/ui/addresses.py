"""How a resource's address is shown to people."""

import re

_HASH = re.compile(r"_[0-9A-F]{8}$")


def shown(address: str) -> str:
    """Returns an address without the hash that CDKTF appends; Terraform's own messages and `--json` keep it."""
    return _HASH.sub("", address)
