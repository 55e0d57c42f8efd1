"""A cluster of any mode is described with the scaling configuration of the retired Serverless v1, empty.

The Terraform provider then wants to fill it on every plan.
"""

from typing import Any

from moto.rds.models import DBCluster

from streamflix_cli.local.control_plane.patch import Method


def _only_if_any(describe: Method) -> property:
    def scaling_configuration_info(self: DBCluster) -> dict[str, Any] | None:
        return describe(self) if self.scaling_configuration else None

    return property(scaling_configuration_info)


def apply() -> None:
    """Leaves it out where there is none."""
    info = DBCluster.__dict__["scaling_configuration_info"]
    DBCluster.scaling_configuration_info = _only_if_any(info.fget)  # type: ignore[method-assign, assignment]
