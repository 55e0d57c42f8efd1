from typing import Any


def test_a_request_that_is_sent_again_is_answered_as_the_first(clients: Any) -> None:
    ec2 = clients("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

    def create(token: str) -> str:
        (flow_log,) = ec2.create_flow_logs(
            ResourceIds=[vpc],
            ResourceType="VPC",
            TrafficType="ALL",
            LogGroupName=f"flows-{token}",
            DeliverLogsPermissionArn="arn:aws:iam::123456789012:role/flows",
            ClientToken=token,
        )["FlowLogIds"]
        return str(flow_log)

    first = create("first")
    assert create("first") == first
    assert create("second") != first
