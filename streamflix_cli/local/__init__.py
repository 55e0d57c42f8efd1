"""The local cloud: AWS's control plane on this machine, for `--local`.

Other packages use what this module exports and nothing beneath it. One cloud belongs to one project
folder; all its files lie in `.streamflix/cloud/` there.
"""

from streamflix_cli.local.cloud import credentials_environment, down, status, up
from streamflix_cli.local.folder import InstanceRecord
from streamflix_cli.local.models import EnvironmentStatus, LocalCloud, LocalStatus, PartStatus

__all__ = [
    "EnvironmentStatus",
    "InstanceRecord",
    "LocalCloud",
    "LocalStatus",
    "PartStatus",
    "credentials_environment",
    "down",
    "status",
    "up",
]
