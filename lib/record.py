"""The environment record: who owns an environment, when it was last deployed, when it expires."""

import json

from lib.cdk import Construct, SsmParameter, TerraformResourceLifecycle
from lib.naming import Naming
from lib.profile import Environment
from lib.tags import data_class


class EnvironmentRecord(Construct):
    """One SSM parameter, created here; its value is written after each deploy and ignored by Terraform.

    Args:
        naming: Names of the environment.
        settings: The profile's `environment` section.
    """

    def __init__(self, scope: Construct, id: str, *, naming: Naming, settings: Environment) -> None:
        super().__init__(scope, id)
        parameter = SsmParameter(
            self,
            "record",
            name=naming.parameter_path,
            description=f"Owner, expiry and last deploy of the environment {naming.suffix}",
            type="String",
            value=json.dumps({"v": 1, "owner": settings.owner, "last_deploy": None, "expires": None}),
            # Terraform would otherwise take every deploy's own record back to this first value.
            lifecycle=TerraformResourceLifecycle(ignore_changes=["value"]),
            tags=data_class("internal"),
        )
        self.parameter_name = str(parameter.name)
