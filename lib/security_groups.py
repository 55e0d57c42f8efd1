"""Who may talk to whom inside the VPC."""

from lib.cdk import Construct, SecurityGroup, VpcSecurityGroupEgressRule, VpcSecurityGroupIngressRule
from lib.naming import Naming, ResourceName
from lib.tags import data_class

HTTPS = 443


class SecurityGroups(Construct):
    """Groups of the tasks and of the database.

    Rules are resources of their own, so that two groups may name each other.

    Args:
        naming: Names of the environment.
        vpc_id: The VPC.
        database_port: TCP port of the database.
    """

    def __init__(self, scope: Construct, id: str, *, naming: Naming, vpc_id: str, database_port: int) -> None:
        super().__init__(scope, id)
        self.tasks = security_group(
            self, "tasks", naming=naming, name="tasks-security-group", vpc_id=vpc_id, description="Pipeline tasks"
        )
        self.database = security_group(
            self, "database", naming=naming, name="database-security-group", vpc_id=vpc_id, description="Database"
        )
        https_out = VpcSecurityGroupEgressRule(
            self,
            "tasks-https-out",
            security_group_id=self.tasks.id,
            description="AWS services and webhooks",
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            tags=data_class("internal"),
        )
        database_out = VpcSecurityGroupEgressRule(
            self,
            "tasks-database-out",
            security_group_id=self.tasks.id,
            description="The database",
            referenced_security_group_id=self.database.id,
            ip_protocol="tcp",
            from_port=database_port,
            to_port=database_port,
            tags=data_class("internal"),
        )
        database_in = VpcSecurityGroupIngressRule(
            self,
            "database-tasks-in",
            security_group_id=self.database.id,
            description="The tasks",
            referenced_security_group_id=self.tasks.id,
            ip_protocol="tcp",
            from_port=database_port,
            to_port=database_port,
            tags=data_class("internal"),
        )
        self.rules = [https_out, database_out, database_in]
        """What lets the tasks talk."""


def security_group(
    scope: Construct, id: str, *, naming: Naming, name: ResourceName, vpc_id: str, description: str
) -> SecurityGroup:
    """A group that lets nothing in or out: Terraform takes away the rule that AWS gives each new one."""
    return SecurityGroup(
        scope,
        id,
        name=naming.of(name),
        description=f"{description} of the environment {naming.suffix}",
        vpc_id=vpc_id,
        tags=data_class("internal", {"Name": naming.of(name)}),
    )
