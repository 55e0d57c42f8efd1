from typing import Any


def test_a_rule_that_names_a_group_or_a_prefix_list_keeps_its_description(clients: Any) -> None:
    ec2 = clients("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="described", Description="d", VpcId=vpc)["GroupId"]
    prefixes = ec2.create_managed_prefix_list(PrefixListName="p", MaxEntries=1, AddressFamily="IPv4")["PrefixList"]
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[
            {**https, "UserIdGroupPairs": [{"GroupId": group, "Description": "The tasks"}]},
            {**https, "PrefixListIds": [{"PrefixListId": prefixes["PrefixListId"], "Description": "S3"}]},
        ],
    )
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    assert {rule.get("Description") for rule in rules if not rule["IsEgress"]} == {"The tasks", "S3"}
