from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_a_rule_that_is_gone_is_told_by_its_id(clients: Any, direction: str) -> None:
    ec2 = clients("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName=f"gone-{direction}", Description="d", VpcId=vpc)["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
    authorize = getattr(ec2, f"authorize_security_group_{direction}")
    (rule,) = authorize(GroupId=group, IpPermissions=[permission])["SecurityGroupRules"]
    revoke = getattr(ec2, f"revoke_security_group_{direction}")
    revoke(GroupId=group, SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
    with pytest.raises(ClientError, match=r"InvalidSecurityGroupRuleId\.NotFound"):
        revoke(GroupId=group, SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
