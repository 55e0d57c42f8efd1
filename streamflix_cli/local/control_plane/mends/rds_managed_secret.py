"""Every owner secret that RDS manages holds `admin` and the same password, whatever the cluster's owner is."""

import json
import secrets

from moto.rds.models import MasterUserSecret

from streamflix_cli.local.control_plane.patch import add


def _generate_secret_string(self: MasterUserSecret) -> str:
    return json.dumps({"username": self.resource.master_username, "password": secrets.token_hex(16)})


def apply() -> None:
    """Writes the owner's name and a password of its own."""
    add(MasterUserSecret, _generate_secret_string)
