"""The VPC: subnets, the ways out of it, security groups and flow logs."""

from functools import cached_property
from ipaddress import IPv4Network

from lib.cdk import (
    Construct,
    DataAwsAvailabilityZones,
    DataAwsAvailabilityZonesFilter,
    DefaultSecurityGroup,
    Eip,
    Fn,
    InternetGateway,
    NatGateway,
    Route,
    RouteTable,
    RouteTableAssociation,
    Subnet,
    TerraformResourceLifecycle,
    Vpc,
)
from lib.encryption import Encryption
from lib.endpoints import Endpoints
from lib.flow_logs import FlowLogs
from lib.naming import Naming, ResourceName
from lib.place import Place
from lib.profile import Network as Settings
from lib.security_groups import SecurityGroups
from lib.tags import data_class

ANYWHERE = "0.0.0.0/0"
ZONES_WITHOUT_FARGATE = ["use1-az3", "usw1-az2", "apne1-az3"]
"""Zones where Fargate is missing, or was for years and other services still are (ECS developer guide, "Supported
Regions"). Ids, because the letters of zone names differ from account to account."""


class Network(Construct):
    """A VPC over two or three availability zones.

    Args:
        naming: Names of the environment.
        place: Account and region.
        settings: Address space, zones, NAT gateways and interface endpoints.
        database_port: TCP port that the tasks reach the database on.
        encryption: Key that encrypts the flow logs.
        log_retention_days: How long the flow logs are kept.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        naming: Naming,
        place: Place,
        settings: Settings,
        database_port: int,
        encryption: Encryption,
        log_retention_days: int,
    ) -> None:
        super().__init__(scope, id)
        self._naming = naming
        self._vpc = Vpc(
            self,
            "vpc",
            cidr_block=settings.cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=self._tags("vpc"),
        )
        # No rule: whatever is started without a group of its own reaches nothing.
        DefaultSecurityGroup(
            self, "default-security-group", vpc_id=self.vpc_id, tags=self._tags("default-security-group")
        )
        self._routes: list[Route | RouteTableAssociation] = []
        self._add_subnets(settings)
        private_tables = self._add_routes(settings)
        self._groups = SecurityGroups(
            self, "security-groups", naming=naming, vpc_id=self.vpc_id, database_port=database_port
        )
        endpoints = Endpoints(
            self,
            "endpoints",
            naming=naming,
            place=place,
            vpc_id=self.vpc_id,
            subnet_ids=self.private_subnet_ids,
            route_table_ids=[str(table.id) for table in private_tables],
            tasks_security_group_id=self.tasks_security_group_id,
            services=settings.interface_endpoints,
        )
        self.ready = [*self._routes, *self._groups.rules, *endpoints.ready]
        """What must stand before a task can talk to anybody, and as long as one runs."""
        FlowLogs(
            self,
            "flow-logs",
            naming=naming,
            place=place,
            vpc_id=self.vpc_id,
            encryption=encryption,
            retention_days=log_retention_days,
        )

    @cached_property
    def vpc_id(self) -> str:
        """Id of the VPC."""
        return str(self._vpc.id)

    @cached_property
    def public_subnet_ids(self) -> list[str]:
        """Subnets with a route to the internet gateway, one a zone."""
        return [str(subnet.id) for subnet in self._public]

    @cached_property
    def private_subnet_ids(self) -> list[str]:
        """Subnets of the tasks, one a zone."""
        return [str(subnet.id) for subnet in self._private]

    @cached_property
    def database_subnet_ids(self) -> list[str]:
        """Subnets without any way out of the VPC, one a zone."""
        return [str(subnet.id) for subnet in self._database]

    @cached_property
    def tasks_security_group_id(self) -> str:
        """Group of the tasks: HTTPS and the database out, nothing in."""
        return str(self._groups.tasks.id)

    @cached_property
    def database_security_group_id(self) -> str:
        """Group of the database: its port in from the tasks, nothing else."""
        return str(self._groups.database.id)

    def _tags(self, resource: ResourceName, number: int | None = None) -> dict[str, str]:
        return data_class("internal", {"Name": self._naming.of(resource, number)})

    def _add_subnets(self, settings: Settings) -> None:
        zones = DataAwsAvailabilityZones(
            self,
            "zones",
            state="available",
            exclude_zone_ids=ZONES_WITHOUT_FARGATE,
            # Neither Local Zones nor Wavelength Zones.
            filter=[DataAwsAvailabilityZonesFilter(name="opt-in-status", values=["opt-in-not-required"])],
        )
        # Where a region has fewer zones than asked for, this fails at plan; `element` alone would start over.
        chosen = Fn.slice(zones.names, 0, settings.availability_zones)
        self._public: list[Subnet] = []
        self._private: list[Subnet] = []
        self._database: list[Subnet] = []
        for index, (public, private, database) in enumerate(subnet_blocks(settings.cidr, settings.availability_zones)):
            zone = str(Fn.element(chosen, index))
            self._public.append(self._subnet("public-subnet", index + 1, public, zone))
            self._private.append(self._subnet("private-subnet", index + 1, private, zone))
            self._database.append(self._subnet("database-subnet", index + 1, database, zone))

    def _subnet(self, name: ResourceName, number: int, block: str, zone: str) -> Subnet:
        return Subnet(
            self,
            f"{name}-{number}",
            vpc_id=self.vpc_id,
            cidr_block=block,
            availability_zone=zone,
            map_public_ip_on_launch=False,
            tags=self._tags(name, number),
            # A zone that AWS adds or takes out of the list must not move subnets with everything in them.
            lifecycle=TerraformResourceLifecycle(ignore_changes=["availability_zone"]),
        )

    def _add_routes(self, settings: Settings) -> list[RouteTable]:
        """Routes each tier its own way; returns the route tables of the private subnets."""
        gateway = InternetGateway(self, "internet-gateway", vpc_id=self.vpc_id, tags=self._tags("internet-gateway"))
        public = self._route_table("public-routes", None, self._public)
        to_internet = Route(
            self,
            "public-default-route",
            route_table_id=public.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
        )
        self._routes.append(to_internet)
        self._route_table("database-routes", None, self._database)
        if settings.nat_gateways == "per_az":
            private = [
                self._route_table("private-routes", number, [subnet])
                for number, subnet in enumerate(self._private, start=1)
            ]
        else:
            private = [self._route_table("private-routes", None, self._private)]
        if settings.nat_gateways != "none":
            for number, (table, subnet) in enumerate(zip(private, self._public, strict=False), start=1):
                self._route_through_nat(number, table, subnet, gateway)
        return private

    def _route_table(self, name: ResourceName, number: int | None, subnets: list[Subnet]) -> RouteTable:
        id_ = name if number is None else f"{name}-{number}"
        table = RouteTable(self, id_, vpc_id=self.vpc_id, tags=self._tags(name, number))
        for subnet in subnets:
            association = RouteTableAssociation(
                self, f"{subnet.node.id}-routes", route_table_id=table.id, subnet_id=subnet.id
            )
            self._routes.append(association)
        return table

    def _route_through_nat(self, number: int, table: RouteTable, public: Subnet, gateway: InternetGateway) -> None:
        address = Eip(
            self, f"nat-address-{number}", domain="vpc", depends_on=[gateway], tags=self._tags("nat-address", number)
        )
        nat = NatGateway(
            self,
            f"nat-gateway-{number}",
            allocation_id=address.allocation_id,
            subnet_id=public.id,
            depends_on=[gateway],
            tags=self._tags("nat-gateway", number),
        )
        to_nat = Route(
            self,
            f"private-default-route-{number}",
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            nat_gateway_id=nat.id,
        )
        self._routes.append(to_nat)


def subnet_blocks(cidr: str, zones: int) -> list[tuple[str, str, str]]:
    """The public, private and database block of each zone.

    Three quarters of the VPC are for the private subnets, because each Fargate task takes an address
    there; the last quarter holds the others, an eighth of it each. In a /22 that is a /24 a zone for
    tasks, and a /27 each for the rest (AWS allows /28 at the smallest).

    Args:
        cidr: IPv4 block of the VPC, /16 to /22.
        zones: 2 or 3.
    """
    *quarters, last = IPv4Network(cidr).subnets(prefixlen_diff=2)
    eighths = list(last.subnets(prefixlen_diff=3))
    return [(str(eighths[zone]), str(quarters[zone]), str(eighths[4 + zone])) for zone in range(zones)]
