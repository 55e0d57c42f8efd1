"""The ways from the private subnets to AWS services that do not leave the VPC."""

import json
from collections.abc import Sequence

from lib.bucket import DELETE, LIST, READ, WRITE
from lib.cdk import Construct, VpcEndpoint, VpcSecurityGroupIngressRule
from lib.naming import Naming
from lib.place import Place
from lib.profile import InterfaceEndpoint
from lib.security_groups import HTTPS, security_group
from lib.storage import DATA_BUCKETS
from lib.tags import data_class


class Endpoints(Construct):
    """The S3 gateway endpoint, and interface endpoints by profile.

    Args:
        naming: Names of the environment.
        place: Account and region.
        vpc_id: The VPC.
        subnet_ids: Private subnets, where interface endpoints listen.
        route_table_ids: Their route tables, which get the route to S3.
        tasks_security_group_id: The only group that interface endpoints admit.
        services: Services with an interface endpoint.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        naming: Naming,
        place: Place,
        vpc_id: str,
        subnet_ids: Sequence[str],
        route_table_ids: Sequence[str],
        tasks_security_group_id: str,
        services: Sequence[InterfaceEndpoint],
    ) -> None:
        super().__init__(scope, id)
        s3 = VpcEndpoint(
            self,
            "s3",
            vpc_id=vpc_id,
            service_name=f"com.amazonaws.{place.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=list(route_table_ids),
            policy=_s3_policy(naming, place),
            tags=data_class("internal", {"Name": naming.of("s3-endpoint")}),
        )
        self.ready: list[VpcEndpoint | VpcSecurityGroupIngressRule] = [s3]
        """What must stand before a task can reach AWS this way."""
        if not services:
            return
        group = security_group(
            self,
            "security-group",
            naming=naming,
            name="endpoints-security-group",
            vpc_id=vpc_id,
            description="Interface endpoints",
        )
        tasks_in = VpcSecurityGroupIngressRule(
            self,
            "tasks-in",
            security_group_id=group.id,
            description="The tasks",
            referenced_security_group_id=tasks_security_group_id,
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            tags=data_class("internal"),
        )
        self.ready.append(tasks_in)
        for service in services:
            label = service.replace(".", "-")
            endpoint = VpcEndpoint(
                self,
                label,
                vpc_id=vpc_id,
                service_name=f"com.amazonaws.{place.region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=list(subnet_ids),
                security_group_ids=[str(group.id)],
                tags=data_class("internal", {"Name": naming.of("interface-endpoint", label)}),
            )
            self.ready.append(endpoint)


def _s3_policy(naming: Naming, place: Place) -> str:
    """Nothing leaves through S3 but to this environment's buckets; images come from ECR's."""
    buckets = [f"arn:aws:s3:::{naming.bucket(name, place.account_id)}" for name in DATA_BUCKETS]
    own = {
        "Sid": "OwnBuckets",
        "Effect": "Allow",
        "Principal": "*",
        "Action": sorted([*LIST, *READ, *WRITE, *DELETE]),
        "Resource": [*buckets, *(f"{bucket}/*" for bucket in buckets)],
    }
    layers = {
        "Sid": "ImageLayers",  # ECR user guide, "Create the Amazon S3 gateway endpoint".
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::prod-{place.region}-starport-layer-bucket/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [own, layers]})
