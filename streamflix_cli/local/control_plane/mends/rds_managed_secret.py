"""Every owner secret that RDS manages holds `admin` and the same password, whatever the cluster's owner is.

`ModifyDBCluster` makes another one where RDS manages one already; on AWS that one stays.
"""

import json
import secrets
from typing import Any

from moto.rds.models import DBCluster, MasterUserSecret, RDSBackend

from streamflix_cli.local.control_plane.patch import Method, add, wrap


def _generate_secret_string(self: MasterUserSecret) -> str:
    return json.dumps({"username": self.resource.master_username, "password": secrets.token_hex(16)})


def _keep_secret(modify: Method) -> Method:
    def modify_db_cluster(self: RDSBackend, settings: dict[str, Any]) -> DBCluster:
        cluster = self.clusters.get(settings["db_cluster_identifier"])
        if cluster is not None and cluster.manage_master_user_password and settings.get("manage_master_user_password"):
            again = ("manage_master_user_password", "master_user_secret_kms_key_id")
            settings = {key: value for key, value in settings.items() if key not in again}
        modified: DBCluster = modify(self, settings)
        return modified

    return modify_db_cluster


def apply() -> None:
    """Writes the owner's name and a password of its own, and keeps the secret that there is."""
    add(MasterUserSecret, _generate_secret_string)
    wrap(RDSBackend, "modify_db_cluster", _keep_secret)
