"""A record of every connection in the VPC, accepted or refused."""

from lib.cdk import Construct, FlowLog
from lib.encryption import Encryption
from lib.iam import ServiceRole, Statement
from lib.logs import log_group
from lib.naming import Naming
from lib.place import Place
from lib.tags import data_class


class FlowLogs(Construct):
    """Flow logs of a VPC in an encrypted log group.

    Args:
        naming: Names of the environment.
        place: Account and region.
        vpc_id: The VPC.
        encryption: Key that encrypts them.
        retention_days: How long they are kept.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        naming: Naming,
        place: Place,
        vpc_id: str,
        encryption: Encryption,
        retention_days: int,
    ) -> None:
        super().__init__(scope, id)
        group = log_group(
            self,
            "group",
            name=naming.log_group("flow-logs"),
            encryption=encryption,
            retention_days=retention_days,
            data="personal",  # IP addresses.
        )
        role = ServiceRole(
            self,
            "role",
            name=naming.of("flow-logs-role"),
            service="vpc-flow-logs.amazonaws.com",
            source_account=place.account_id,
            source_arn=place.arn("ec2", "vpc-flow-log/*"),
        )
        role.allow(
            "write-flow-logs",
            Statement(("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"), [f"{group.arn}:*"]),
            # The service looks its group up by listing (VPC user guide, "IAM role for publishing flow logs").
            Statement(("logs:DescribeLogGroups",), [place.arn("logs", "log-group:*")]),
        )
        FlowLog(
            self,
            "all",
            vpc_id=vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            tags=data_class("internal", {"Name": naming.of("flow-logs")}),
            depends_on=role.policies,
        )
