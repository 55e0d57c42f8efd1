from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ClientError


def named(client: Any, call: str) -> None:
    """Gives the requests that follow the id of one call, as its repetitions have it."""

    def name(request: AWSPreparedRequest, **_: Any) -> None:
        request.headers["amz-sdk-invocation-id"] = call

    client.meta.events.register("before-send", name)


def test_what_is_sent_again_is_done_once(clients: Any) -> None:
    ec2 = clients("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="again", Description="d", VpcId=vpc)["GroupId"]
    every = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    named(ec2, "one call")
    for _ in range(2):
        ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[every])

    with pytest.raises(ClientError, match=r"InvalidPermission\.NotFound"):
        clients("ec2").revoke_security_group_egress(GroupId=group, IpPermissions=[every])
