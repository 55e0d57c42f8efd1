"""What the EC2 API lists: the VPC and everything in it, each told by its tags, its `Name` or its VPC."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from lib.naming import ResourceName
from streamflix_cli.deploy.sweep.cloud import Cloud, Search
from streamflix_cli.deploy.sweep.leftover import Leftover
from streamflix_cli.deploy.sweep.probers.base import Prober, is_numbered


class Ec2Prober(Prober):
    """One listing of the EC2 API. Names are `Name` tags: ids are Amazon's own."""

    operation: ClassVar[str]
    items: ClassVar[str]
    id_key: ClassVar[str]
    id_filter: ClassVar[str]
    vpc_filter: ClassVar[str | None] = "vpc-id"
    """The listing's filter on a VPC, if it has one: what stands in the environment's VPC is the environment's."""
    names: ClassVar[tuple[ResourceName, ...]] = ()
    filters_argument: ClassVar[str] = "Filters"

    def candidates(self, search: Search) -> Iterable[Leftover]:
        # Filters spare listing the whole account. What they let through is checked again: emulators ignore
        # filters that they do not know, and a name with a wildcard is not exact.
        tagged = {f"tag:{key}": [value] for key, value in search.tags.items()}
        for item in self._list(search.cloud, tagged):
            if search.owns(_tags(item)):
                yield Leftover(type=self.type, id=item[self.id_key], found_by="tag")
        for resource in self.names:
            pattern = f"{resource}-*{search.naming.suffix}"
            for item in self._list(search.cloud, {"tag:Name": [pattern]}):
                if is_numbered(search.naming, resource, _name(item)):
                    yield from self.named([item[self.id_key]])
        if self.vpc_filter is not None:
            vpcs = {vpc.id for vpc in Vpc().candidates(search)}
            if vpcs:
                items = self._list(search.cloud, {self.vpc_filter: sorted(vpcs)})
                yield from self.named(item[self.id_key] for item in items)

    def state(self, cloud: Cloud, id: str) -> str | None:
        item = self.look_up(cloud, id)
        return None if item is None else self.describe(item)

    def delete(self, cloud: Cloud, id: str) -> None:
        item = self.look_up(cloud, id)
        if item is None or self.describe(item) is None:
            return
        try:
            self.remove(cloud.client("ec2"), item)
        except ClientError as error:
            if "NotFound" not in error.response["Error"]["Code"]:
                raise

    def look_up(self, cloud: Cloud, id: str) -> dict[str, Any] | None:
        """The listed item with this id."""
        items = self._list(cloud, {self.id_filter: [id]})
        return next((item for item in items if item[self.id_key] == id), None)

    def describe(self, item: dict[str, Any]) -> str | None:
        """A word on a listed item, or None when it is gone or goes with its VPC."""
        words = (_name(item), item.get("State"), item.get("Status"))
        return " ".join(word for word in words if word) or "-"

    @abstractmethod
    def remove(self, ec2: Any, item: dict[str, Any]) -> None:
        """Starts the deletion of an item that exists."""

    def _list(self, cloud: Cloud, filters: dict[str, list[str]]) -> list[dict[str, Any]]:
        argument = {self.filters_argument: [{"Name": name, "Values": values} for name, values in filters.items()]}
        ec2 = cloud.client("ec2")
        if ec2.can_paginate(self.operation):
            return cloud.pages("ec2", self.operation, self.items, **argument)
        return list(getattr(ec2, self.operation)(**argument)[self.items])


def _tags(item: dict[str, Any]) -> list[dict[str, str]]:
    return item.get("Tags") or item.get("TagSet") or []


def _name(item: dict[str, Any]) -> str:
    return next((tag["Value"] for tag in _tags(item) if tag["Key"] == "Name"), "")


class Vpc(Ec2Prober):
    """Virtual private clouds."""

    type = "vpc"
    arn = r"ec2:vpc/(?P<id>.+)"
    operation, items, id_key, id_filter, vpc_filter = "describe_vpcs", "Vpcs", "VpcId", "vpc-id", None
    names = ("vpc",)

    def remove(self, ec2: Any, item: dict[str, Any]) -> None:
        ec2.delete_vpc(VpcId=item["VpcId"])


class Subnet(Ec2Prober):
    """Subnets."""

    type = "subnet"
    arn = r"ec2:subnet/(?P<id>.+)"
    operation, items, id_key, id_filter = "describe_subnets", "Subnets", "SubnetId", "subnet-id"
    names = ("public-subnet", "private-subnet", "database-subnet")

    def remove(self, ec2: Any, item: dict[str, Any]) -> None:
        ec2.delete_subnet(SubnetId=item["SubnetId"])


class InternetGateway(Ec2Prober):
    """Internet gateways."""

    type = "internet_gateway"
    arn = r"ec2:internet-gateway/(?P<id>.+)"
    operation, items, id_key = "describe_internet_gateways", "InternetGateways", "InternetGatewayId"
    id_filter, vpc_filter = "internet-gateway-id", "attachment.vpc-id"
    names = ("internet-gateway",)

    def remove(self, ec2: Any, item: dict[str, Any]) -> None:
        for attachment in item.get("Attachments", []):
            ec2.detach_internet_gateway(InternetGatewayId=item["InternetGatewayId"], VpcId=attachment["VpcId"])
        ec2.delete_internet_gateway(InternetGatewayId=item["InternetGatewayId"])


class NatGateway(Ec2Prober):
    """NAT gateways; a deleted one stays listed for about an hour."""

    type = "nat_gateway"
    arn = r"ec2:natgateway/(?P<id>.+)"
    operation, items, id_key, id_filter = "describe_nat_gateways", "NatGateways", "NatGatewayId", "nat-gateway-id"
    names = ("nat-gateway",)
    filters_argument = "Filter"
    patience_seconds = 600

    def describe(self, item: dict[str, Any]) -> str | None:
        return None if item["State"] == "deleted" else super().describe(item)

    def remove(self, ec2: Any, item: dict[str, Any]) -> None:
        if item["State"] != "deleting":
            ec2.delete_nat_gateway(NatGatewayId=item["NatGatewayId"])


class ElasticIp(Ec2Prober):
    """Elastic IP addresses."""

    type = "elastic_ip"
    arn = r"ec2:elastic-ip/(?P<id>.+)"
    operation, items, id_key = "describe_addresses", "Addresses", "AllocationId"
    id_filter, vpc_filter = "allocation-id", None
    names = ("nat-address",)

    def remove(self, ec2: Any, item: dict[str, Any]) -> None:
        if "AssociationId" in item:
            ec2.disassociate_address(AssociationId=item["AssociationId"])
        ec2.release_address(AllocationId=item["AllocationId"])


class RouteTable(Ec2Prober):
    """Route tables, but for a VPC's main one."""

    type = "route_table"
    arn = r"ec2:route-table/(?P<id>.+)"
    operation, items, id_key, id_filter = "describe_route_tables", "RouteTables", "RouteTableId", "route-table-id"
    names = ("public-routes", "private-routes", "database-routes")

    def describe(self, item: dict[str, Any]) -> str | None:
        is_main = any(association.get("Main") for association in item["Associations"])
        return None if is_main else super().describe(item)

    def remove(self, ec2: Any, item: dict[str, Any]) -> None:
        for association in item["Associations"]:
            ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
        ec2.delete_route_table(RouteTableId=item["RouteTableId"])


class SecurityGroup(Ec2Prober):
    """Security groups, but for a VPC's default one."""

    type = "security_group"
    arn = r"ec2:security-group/(?P<id>.+)"
    operation, items, id_key, id_filter = "describe_security_groups", "SecurityGroups", "GroupId", "group-id"
    names = ("endpoints-security-group", "tasks-security-group", "database-security-group")
    missing = frozenset({"InvalidPermission.NotFound", "InvalidGroup.NotFound"})
    patience_seconds = 300

    def describe(self, item: dict[str, Any]) -> str | None:
        return None if item["GroupName"] == "default" else str(item["GroupName"])

    def remove(self, ec2: Any, item: dict[str, Any]) -> None:
        # Groups that name each other in their rules cannot be deleted one by one. A rule may be gone by now:
        # the group that it names is deleted at the same time.
        group = item["GroupId"]
        if item["IpPermissions"]:
            self.ask(ec2.revoke_security_group_ingress, GroupId=group, IpPermissions=item["IpPermissions"])
        if item["IpPermissionsEgress"]:
            self.ask(ec2.revoke_security_group_egress, GroupId=group, IpPermissions=item["IpPermissionsEgress"])
        ec2.delete_security_group(GroupId=group)


class NetworkInterface(Ec2Prober):
    """Network interfaces, most of them made by Lambda, ECS, RDS and endpoints, which release them late."""

    type = "network_interface"
    arn = r"ec2:network-interface/(?P<id>.+)"
    operation, items, id_key = "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"
    id_filter = "network-interface-id"
    patience_seconds = 1800

    def describe(self, item: dict[str, Any]) -> str | None:
        return " ".join(word for word in (item.get("Description"), item.get("Status")) if word) or "-"

    def remove(self, ec2: Any, item: dict[str, Any]) -> None:
        attachment = item.get("Attachment", {}).get("AttachmentId")
        if attachment and not item.get("RequesterManaged"):
            ec2.detach_network_interface(AttachmentId=attachment, Force=True)
        ec2.delete_network_interface(NetworkInterfaceId=item["NetworkInterfaceId"])


class VpcEndpoint(Ec2Prober):
    """VPC endpoints; a deleted one stays listed for a while."""

    type = "vpc_endpoint"
    arn = r"ec2:vpc-endpoint/(?P<id>.+)"
    operation, items, id_key, id_filter = "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", "vpc-endpoint-id"
    names = ("s3-endpoint",)
    missing = frozenset({"InvalidVpcEndpointId.NotFound"})
    patience_seconds = 600

    def look_up(self, cloud: Cloud, id: str) -> dict[str, Any] | None:
        # moto lacks this listing's filter on the id.
        answer = self.ask(cloud.client("ec2").describe_vpc_endpoints, VpcEndpointIds=[id])
        return next(iter(answer["VpcEndpoints"]), None) if answer else None

    def describe(self, item: dict[str, Any]) -> str | None:
        return None if item["State"].lower() == "deleted" else f"{item['ServiceName']} {item['State']}"

    def remove(self, ec2: Any, item: dict[str, Any]) -> None:
        if item["State"].lower() != "deleting":
            ec2.delete_vpc_endpoints(VpcEndpointIds=[item["VpcEndpointId"]])


class FlowLog(Ec2Prober):
    """Flow logs."""

    type = "flow_log"
    arn = r"ec2:vpc-flow-log/(?P<id>.+)"
    operation, items, id_key = "describe_flow_logs", "FlowLogs", "FlowLogId"
    id_filter, vpc_filter = "flow-log-id", "resource-id"
    names = ("flow-logs",)
    filters_argument = "Filter"

    def describe(self, item: dict[str, Any]) -> str | None:
        return f"of {item['ResourceId']}"

    def remove(self, ec2: Any, item: dict[str, Any]) -> None:
        ec2.delete_flow_logs(FlowLogIds=[item["FlowLogId"]])
