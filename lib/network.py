"""The VPC: subnets, ways out, endpoints, security groups and flow logs."""

from lib.cdk import Construct, SecurityGroup, Subnet, Vpc
from lib.encryption import Encryption
from lib.naming import Naming
from lib.place import Place
from lib.profile import Network as Settings
from lib.tags import data_class


class Network(Construct):
    """A VPC over two or three availability zones."""

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
        self._vpc = Vpc(self, "vpc", cidr_block=settings.cidr, tags=data_class("internal", {"Name": naming.of("vpc")}))
        self._public: list[Subnet] = []
        self._private: list[Subnet] = []
        self._database: list[Subnet] = []
        self._tasks_group = SecurityGroup(self, "tasks", name=naming.of("tasks-security-group"), vpc_id=self.vpc_id)
        self._database_group = SecurityGroup(
            self, "database", name=naming.of("database-security-group"), vpc_id=self.vpc_id
        )

    @property
    def vpc_id(self) -> str:
        """Id of the VPC."""
        return str(self._vpc.id)

    @property
    def public_subnet_ids(self) -> list[str]:
        """Subnets with a route to the internet gateway, one a zone."""
        return [str(subnet.id) for subnet in self._public]

    @property
    def private_subnet_ids(self) -> list[str]:
        """Subnets of the tasks, one a zone."""
        return [str(subnet.id) for subnet in self._private]

    @property
    def database_subnet_ids(self) -> list[str]:
        """Subnets without any way out of the VPC, one a zone."""
        return [str(subnet.id) for subnet in self._database]

    @property
    def tasks_security_group_id(self) -> str:
        """Group of the tasks: HTTPS and the database out, nothing in."""
        return str(self._tasks_group.id)

    @property
    def database_security_group_id(self) -> str:
        """Group of the database: its port in from the tasks, nothing else."""
        return str(self._database_group.id)
