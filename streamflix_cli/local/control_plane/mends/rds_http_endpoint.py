"""The RDS Data API is kept off except on a few versions of the retired Aurora Serverless v1.

Aurora PostgreSQL with Serverless v2 has it (16.3 and newer, and others); `EnableHttpEndpoint` and
`DisableHttpEndpoint`, which switch it there, are missing.
"""

from moto.core.responses import ActionResult
from moto.rds.exceptions import DBClusterNotFoundError
from moto.rds.models import DBCluster
from moto.rds.responses import RDSResponse

from streamflix_cli.local.control_plane.patch import Method, add


def _with_serverless_v2(set_flag: Method) -> Method:
    def enable_http_endpoint(self: DBCluster, value: bool | None) -> None:
        set_flag(self, value)
        if self.engine == "aurora-postgresql" and self.engine_mode != "serverless":
            self._enable_http_endpoint = bool(value)

    return enable_http_endpoint


def _switch(response: RDSResponse, *, on: bool) -> ActionResult:
    arn = response._get_param("ResourceArn")
    for cluster in response.backend.clusters.values():
        if cluster.db_cluster_arn == arn:
            cluster.enable_http_endpoint = on
            return ActionResult({"ResourceArn": arn, "HttpEndpointEnabled": on})
    raise DBClusterNotFoundError(arn)


def enable_http_endpoint(self: RDSResponse) -> ActionResult:
    """EnableHttpEndpoint."""
    return _switch(self, on=True)


def disable_http_endpoint(self: RDSResponse) -> ActionResult:
    """DisableHttpEndpoint."""
    return _switch(self, on=False)


def apply() -> None:
    """Lets the flag be set on Serverless v2, and adds the operations."""
    flag = DBCluster.__dict__["enable_http_endpoint"]
    DBCluster.enable_http_endpoint = property(flag.fget, _with_serverless_v2(flag.fset))  # type: ignore[method-assign, assignment]
    add(RDSResponse, enable_http_endpoint, disable_http_endpoint)
